// Centroid and median linkage, which are not reducible: merging can bring clusters nearer than any were
// before.
#pragma once
#include "agglomerative/linkages.hpp"
#include "agglomerative/merges.hpp"
#include "agglomerative/square_matrix.hpp"
#include "base/run.hpp"

namespace god {

// Merges the closest pair, ties to the lowest rows, again and again (Muellner, "Modern hierarchical,
// agglomerative clustering algorithms", 2011, section 3.1). `matrix` holds squared distances with an infinite
// diagonal and is overwritten; heights are distances. Usually O(n^2) time, at most O(n^3). Progress: share of
// the merges done.
void run_generic(SquareMatrix<double>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges);

}  // namespace god
