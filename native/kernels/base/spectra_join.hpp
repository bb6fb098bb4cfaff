// The eigenvectors of a symmetric tridiagonal matrix from those of its two halves.
#pragma once
#include <cstddef>
#include <vector>

namespace god {

// The eigenpairs of the two halves of an n x n tridiagonal matrix without its entry `joint` beside the
// diagonal, where |joint| was subtracted from the two diagonal entries next to it.
struct Halves {
  std::size_t n, half;  // the first half is half x half, half <= n / 2
  double joint;
  std::vector<double> values;   // n: the eigenvalues of the first half, ascending, then those of the second
  std::vector<double> vectors;  // n x n, one after another, each 0 outside its half
};

// Returns all eigenvalues of the whole matrix, ascending, and writes the unit eigenvectors of the k largest,
// one after another (Cuppen 1981), to full precision (Gu and Eisenstat, "A divide-and-conquer algorithm for
// the symmetric tridiagonal eigenproblem", 1995). O(n^2 k) time; LAPACK's routine computes all vectors, on
// one thread. Bit-identical for any `threads`. Throws std::runtime_error if a root is not found.
std::vector<double> join_spectra(Halves halves, std::size_t k, double* vectors, std::size_t threads);

}  // namespace god
