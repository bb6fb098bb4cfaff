// Reducible linkages on a square matrix, by rounds of reciprocal nearest neighbors.
#pragma once
#include "agglomerative/lance_williams.hpp"
#include "agglomerative/merges.hpp"
#include "agglomerative/square_matrix.hpp"
#include "base/run.hpp"

namespace god {

// Merges the clusters of `matrix` (n x n, infinite diagonal and padding; overwritten) until one is left.
// Heights are in the matrix's units. O(n^2) time; O(n) memory in addition to the matrix. Progress: fraction
// of the merges done.
template <class T>
void run_matrix_rounds(SquareMatrix<T>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges);

}  // namespace god
