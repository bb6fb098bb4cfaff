// Products of float32 matrices, row-major, by loops of our own (products_simd.cpp).
//
// Every element is a sum in one order: terms in blocks of kProductDepth, within a block one after the other
// by fused multiply-add from zero, blocks one after the other. So its bits do not depend on the rows and
// columns beside it, nor on how a product is cut into calls, and AVX2, AVX-512 and NEON give the same ones
// (SSE2 rounds product and sum apart). Error: |computed - exact| <= (2 t + blocks + 1) u sum |a||b| with
// t = min(k, kProductDepth) and u = 2^-24 to first order (Higham, "Accuracy and Stability of Numerical
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

  // Becomes factor * op(B), k x n, where rows of what is stored lie `stride` apart. Memory is kept, and
  // replaced only by more.
  void pack(Transpose side, const float* b, std::size_t stride, std::size_t k, std::size_t n,
            float factor = 1);

  // Becomes k x n, to be filled by the following functions, which different threads may call for different
  // rows.
  void reshape(std::size_t k, std::size_t n);
  void put_rows(std::size_t first, std::size_t count, const float* b, std::size_t stride);
  // Row `row` becomes factor * (x - shift), which is also added to `sums`, n values. `factor` is a power of two.
  void put_row_less(std::size_t row, const float* x, const float* shift, float factor, float* sums);

  // C = op(A) B + bias, and then ReLU, as `c` says: a.rows x n. C must not overlap A.
  void multiply(const LeftFactor& a, const ProductOutput& c) const;

  // The upper triangle of C = B^T B, n x n with rows ldc apart, or with `add` of C + B^T B. Some entries below
  // the diagonal are overwritten.
  void gram_upper(float* c, std::size_t ldc, bool add = false) const;

 private:
  void put(Transpose side, const float* b, std::size_t stride, std::size_t first, std::size_t count,
           float factor);
  // Where the block with row `first` begins.
  float* block(std::size_t first) const;

  std::size_t k_ = 0, n_ = 0, capacity_ = 0;
  LargeArray<float> data_;
};

}  // namespace god
