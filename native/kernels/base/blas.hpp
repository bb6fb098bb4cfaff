// The parts of BLAS and LAPACK that the kernels use, in float64, row-major, with std::size_t dimensions.
// products.hpp has products in float32.
//
// The library is OpenBLAS in its pthread build, limited to one thread: callers parallelize over fixed blocks
// themselves (parallel.hpp), so that results do not depend on the number of threads. Do not use its serial
// build: it has no locks and gives wrong products if several threads call it.
#pragma once
#include <cstddef>
#include <vector>

#include "base/matrix.hpp"

namespace god {

// The name of the kernels that OpenBLAS uses on this processor, e.g. "SkylakeX". Others round differently.
const char* blas_kernels();

// C = alpha * op(A) op(B) + beta * C, where op(A) is m x k, op(B) k x n, C m x n; ld* are row strides in
// elements.
struct GemmShape {
  std::size_t m, n, k;
};
void gemm(Transpose ta, Transpose tb, GemmShape shape, double alpha, const double* a, std::size_t lda,
          const double* b, std::size_t ldb, double beta, double* c, std::size_t ldc);

// The upper triangle of C = A^T A for an n x d row-major A (rows lda apart); C is d x d with rows ldc apart.
void gram_upper(std::size_t n, std::size_t d, const double* a, std::size_t lda, double* c, std::size_t ldc);
// The upper triangle of C = A A^T for the same A; C is n x n.
void row_gram_upper(std::size_t n, std::size_t d, const double* a, std::size_t lda, double* c,
                    std::size_t ldc);

// Replaces k rows of length d, k <= d, by orthonormal ones. The first i rows span the same space as before,
// for every i, if the rows are independent; a row that depends on earlier ones is replaced by one that
// completes the basis. Householder QR: signs can change.
void orthonormalize_rows(std::size_t k, std::size_t d, double* rows);

}  // namespace god
