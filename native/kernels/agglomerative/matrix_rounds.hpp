// Reducible linkages on a square matrix, by rounds of reciprocal nearest neighbors.
#pragma once
#include "agglomerative/lance_williams.hpp"
#include "agglomerative/merges.hpp"
#include "agglomerative/square_matrix.hpp"
#include "base/run.hpp"

namespace god {

// Merges the clusters of `matrix` (n x n, infinite diagonal and padding; overwritten) until one is left.
// Heights are in the unit of the matrix. O(n^2) time beside the rounds' own, O(n) memory. Progress: share of
// the merges done.
template <class T>
void run_matrix_rounds(SquareMatrix<T>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges);

}  // namespace god
