// The eigenvectors of a symmetric tridiagonal matrix from those of its two halves.
#pragma once
#include <cstddef>
#include <vector>

namespace god {

// The halves of a tridiagonal matrix, n x n, of which `joint` beside the diagonal was taken: |joint| off both
// entries of the diagonal that it stood between.
struct Halves {
  std::size_t n, half;  // the first half is half x half, half <= n / 2
  double joint;
  std::vector<double> values;   // n: the eigenvalues of the first half, ascending, then those of the second
  std::vector<double> vectors;  // n x n, one after the other, each 0 outside of its half
};

// All eigenvalues of the whole, ascending, and the unit eigenvectors of the k largest, one after the other (Cuppen
// 1981), to full precision (Gu and Eisenstat, "A divide-and-conquer algorithm for the symmetric tridiagonal
// eigenproblem", 1995). O(n^2 k) time; LAPACK's routine computes all vectors, on one thread. The same bits
// for any `threads`. Throws std::runtime_error when a root is not found.
std::vector<double> join_spectra(Halves halves, std::size_t k, double* vectors, std::size_t threads);

}  // namespace god
