// Eigenvalues and eigenvectors of symmetric matrices in float64, by LAPACK's routines.
#pragma once
#include <cstddef>
#include <vector>

namespace god {

// Wall-clock seconds: reducing a matrix to a tridiagonal one, finding that one's eigenvalues and eigenvectors,
// and transforming these back.
struct EigenSeconds {
  double reduction = 0, spectrum = 0, transformation = 0;
};

// Returns all eigenvalues, ascending, of the symmetric n x n matrix whose upper triangle, row-major, is in
// `a`. Writes the unit eigenvectors of the k largest to the last k rows of `a`, that of eigenvalue i to row
// i; the rows before are undefined. The largest entry should be near 1, because squares of entries must
// neither overflow nor vanish. Bit-identical for any `threads`. Throws std::runtime_error if LAPACK does not
// converge.
std::vector<double> symmetric_eigen_largest(std::size_t n, std::size_t k, double* a, std::size_t threads = 1,
                                            EigenSeconds* seconds = nullptr);

}  // namespace god
