// The parts of BLAS and LAPACK that the kernels use, row-major, with std::size_t dimensions.
//
// The library behind them is OpenBLAS in its pthread build, held to one thread: callers parallelise over
// fixed blocks themselves (parallel.hpp), which keeps results independent of the thread count. Its serial
// build must not be used: it has no locks and gives wrong products when many threads call it.
#pragma once
#include <cstddef>
#include <vector>

#include "matrix.hpp"

namespace god {

enum class Transpose { kNo, kYes };

// C = alpha * op(A) op(B) + beta * C, where op(A) is m x k, op(B) k x n, C m x n; ld* are row strides in
// elements.
struct GemmShape {
  std::size_t m, n, k;
};
void gemm(Transpose ta, Transpose tb, GemmShape shape, float alpha, const float* a, std::size_t lda,
          const float* b, std::size_t ldb, float beta, float* c, std::size_t ldc);
void gemm(Transpose ta, Transpose tb, GemmShape shape, double alpha, const double* a, std::size_t lda,
          const double* b, std::size_t ldb, double beta, double* c, std::size_t ldc);

// Upper triangle of C = A^T A for an n x d row-major A (rows lda apart); C is d x d with rows ldc apart.
void gram_upper(std::size_t n, std::size_t d, const float* a, std::size_t lda, float* c, std::size_t ldc);

// Eigenvalues (ascending) of the symmetric matrix whose upper triangle, row-major, is in `a` (n x n). On
// return row i of `a` is the unit eigenvector of eigenvalue i. LAPACK dsyevd. Throws std::runtime_error when
// it does not converge.
std::vector<double> symmetric_eigen(std::size_t n, double* a);

}  // namespace god
