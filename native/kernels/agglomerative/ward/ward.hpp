// Ward's agglomerative clustering of points.
#pragma once
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// How nearest neighbors are found; kAuto chooses by the number of columns.
enum class WardMethod { kAuto, kTiles, kTree };

// Writes the (n-1) x 4 linkage matrix (see MergeList::write_sorted) of the n rows of x. Throws
// std::invalid_argument unless 1 <= n < 2^31, there are fewer than 2^20 columns and all values are finite.
// Heights are Euclidean, as in scipy's `ward`. Ties are merged lowest row first. O(n d) memory, without an n
// x n matrix. The result does not depend on `threads`.
void ward_linkage(ConstMatrix32 x, Run run, double* linkage, WardMethod method = WardMethod::kAuto);

}  // namespace god
