// Ward's agglomerative clustering of points.
#pragma once
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// How the nearest neighbors are searched for; kAuto picks by the number of columns.
enum class WardMethod { kAuto, kTiles, kTree };

// Writes the (n-1) x 4 linkage matrix (see MergeList::write_sorted) of the n rows of x. n >= 1 and n < 2^31,
// columns < 2^20, values finite: throws std::invalid_argument otherwise. Heights are Euclidean as scipy's
// `ward`; ties are merged lowest row first. Memory O(n d), no n x n matrix. The result does not depend on
// `threads`.
void ward_linkage(ConstMatrix32 x, Run run, double* linkage, WardMethod method = WardMethod::kAuto);

}  // namespace god
