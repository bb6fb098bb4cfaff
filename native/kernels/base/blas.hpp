// The parts of BLAS and LAPACK that the kernels use, in float64, row-major, with std::size_t dimensions.
// products.hpp has products in float32.
//
// The library behind them is OpenBLAS in its pthread build, held to one thread: callers parallelize over
// fixed blocks themselves (parallel.hpp), which keeps results independent of the thread count. Its serial
// build must not be used: it has no locks and gives wrong products when many threads call it.
#pragma once
#include <cstddef>
#include <vector>

#include "base/matrix.hpp"

namespace god {

// The kernels that OpenBLAS chose for this processor, e.g. "SkylakeX": others round differently.
const char* blas_kernels();

// C = alpha * op(A) op(B) + beta * C, where op(A) is m x k, op(B) k x n, C m x n; ld* are row strides in
// elements.
struct GemmShape {
  std::size_t m, n, k;
};
void gemm(Transpose ta, Transpose tb, GemmShape shape, double alpha, const double* a, std::size_t lda,
          const double* b, std::size_t ldb, double beta, double* c, std::size_t ldc);

// Upper triangle of C = A^T A for an n x d row-major A (rows lda apart); C is d x d with rows ldc apart.
void gram_upper(std::size_t n, std::size_t d, const double* a, std::size_t lda, double* c, std::size_t ldc);
// Upper triangle of C = A A^T for the same A; C is n x n.
void row_gram_upper(std::size_t n, std::size_t d, const double* a, std::size_t lda, double* c,
                    std::size_t ldc);

// All eigenvalues (ascending) of the symmetric matrix whose upper triangle, row-major, is in `a` (n x n), and
// the unit eigenvectors of the k largest, which are the last k rows of `a` on return: row i belongs to
// eigenvalue i, the rows before are left undefined. The largest entry should be near 1: squares of entries
// must neither overflow nor vanish. The same bits for any `threads`. Throws std::runtime_error when LAPACK
// does not converge.
std::vector<double> symmetric_eigen_largest(std::size_t n, std::size_t k, double* a, std::size_t threads = 1);

// Replaces the k rows of length d, k <= d, by orthonormal ones, where the span of the first i rows stays what
// it was as far as they are independent; rows that are not are replaced by any that complete the basis.
// Householder QR: signs may change.
void orthonormalize_rows(std::size_t k, std::size_t d, double* rows);

}  // namespace god
