// Products of float32 matrices, row-major, by loops of our own (products_simd.cpp).
//
// Every element is summed in the same order. Its terms are divided into blocks of kProductDepth; the terms of
// a block are added one after another, by fused multiply-add from zero, and so are the sums of blocks. The
// bits of an element thus do not depend on other rows and columns, nor on how a product is divided into
// calls. AVX2, AVX-512 and NEON give the same bits (SSE2 rounds product and sum separately). Error:
//   |computed - exact| <= (2 t + blocks + 1) u sum |a||b|
// with t = min(k, kProductDepth) and u = 2^-24, to first order (Higham, "Accuracy and Stability of Numerical
// Algorithms", section 3.1; half as much for the terms with fused multiply-add).
#pragma once
#include <cstddef>

#include "base/large_array.hpp"
#include "base/matrix.hpp"
#include "base/products_simd.hpp"

namespace god {

// The right factor of products, k x n, in the order in which their loops read it.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(Transpose side, const float* b, std::size_t stride, std::size_t k, std::size_t n) {
    pack(side, b, stride, k, n);
  }

  // Sets this to factor * op(B), k x n. Rows of B are `stride` apart. Memory is reused if it is large enough.
  void pack(Transpose side, const float* b, std::size_t stride, std::size_t k, std::size_t n,
            float factor = 1);

  // Sets the size to k x n. Then fill the rows with the following functions, which threads may call at the
  // same time for different rows.
  void reshape(std::size_t k, std::size_t n);
  void put_rows(std::size_t first, std::size_t count, const float* b, std::size_t stride);
  // Sets row `row` to factor * (x - shift), and adds it to `sums` (n values). `factor` must be a power of
  // two.
  void put_row_less(std::size_t row, const float* x, const float* shift, float factor, float* sums);

  // C = op(A) B, a.rows x n, then bias and ReLU as `c` says. C must not overlap A.
  void multiply(const LeftFactor& a, const ProductOutput& c) const;

  // Computes the upper triangle of C = B^T B, or of C += B^T B with `add`. C is n x n with rows ldc apart.
  // Some entries below the diagonal are overwritten.
  void gram_upper(float* c, std::size_t ldc, bool add = false) const;

 private:
  void put(Transpose side, const float* b, std::size_t stride, std::size_t first, std::size_t count,
           float factor);
  // The start of the block that contains row `first`.
  float* block(std::size_t first) const;

  std::size_t k_ = 0, n_ = 0, capacity_ = 0;
  LargeArray<float> data_;
};

}  // namespace god
