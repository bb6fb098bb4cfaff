// The inner loops of products.hpp, one table per instruction set (simd.hpp says how).
#pragma once
#include <cstddef>

#include "base/simd_dispatch.hpp"

namespace god {

// op(A) of a product, m rows: A itself, or the transpose of a matrix with m columns. Rows of what is stored
// lie `stride` apart.
struct LeftFactor {
  const float* data;
  std::size_t stride, rows;
  bool transposed = false;
};

// What a product writes: rows `stride` apart. `bias` (or null) is added to every row, and with `relu`
// negative values become 0 (NaN stays NaN).
struct ProductOutput {
  float* data;
  std::size_t stride;
  const float* bias = nullptr;
  bool relu = false;
};

// Products are summed in blocks of so many terms, on every instruction set.
constexpr std::size_t kProductDepth = 256;

// Terms [first, first + depth) of the sums, a block.
struct ProductTerms {
  std::size_t first, depth;
  bool last;  // no terms follow
};

struct ProductSimd {
  // Adds the terms' part of op(A) B to `c`, or begins it there when they are the first.
  void (*multiply)(const LeftFactor& a, const ProductTerms& terms, std::size_t n, const float* block,
                   const ProductOutput& c);
  // The same for the upper triangle of B^T B; entries below the diagonal are computed or left as they were.
  void (*gram)(const ProductTerms& terms, std::size_t n, const float* block, const ProductOutput& c);
};

GOD_DECLARE_SIMD_TABLE(ProductSimd, product_simd)

}  // namespace god
