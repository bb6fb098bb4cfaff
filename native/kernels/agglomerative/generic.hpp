// Centroid and median linkage. These are not reducible: a merged cluster can be nearer to another one than
// any two clusters were before.
#pragma once
#include "agglomerative/linkages.hpp"
#include "agglomerative/merges.hpp"
#include "agglomerative/square_matrix.hpp"
#include "base/run.hpp"

namespace god {

// Merges the closest pair until one cluster is left, ties to the lowest rows (Muellner, "Modern hierarchical,
// agglomerative clustering algorithms", 2011, section 3.1). `matrix` holds squared distances with an infinite
// diagonal and is overwritten; heights are distances. Usually O(n^2) time, at most O(n^3). Progress: fraction
// of the merges done.
void run_generic(SquareMatrix<double>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges);

}  // namespace god
