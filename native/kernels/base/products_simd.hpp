// The inner loops of products.hpp, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>

#include "base/simd_dispatch.hpp"

namespace god {

// op(A) of a product, with `rows` rows: A itself, or its transpose if A has that many columns. Rows of A are
// `stride` apart.
struct LeftFactor {
  const float* data;
  std::size_t stride, rows;
  bool transposed = false;
};

// Where a product is written, with rows `stride` apart. `bias`, unless null, is added to every row. With
// `relu`, negative values become 0 (NaN stays NaN).
struct ProductOutput {
  float* data;
  std::size_t stride;
  const float* bias = nullptr;
  bool relu = false;
};

// Products are summed in blocks of this many terms, on every instruction set.
constexpr std::size_t kProductDepth = 256;

// A block of terms, [first, first + depth).
struct ProductTerms {
  std::size_t first, depth;
  bool last;  // no terms follow
};

struct ProductSimd {
  // Adds the contribution of these terms of op(A) B to `c`; the first block overwrites `c`.
  void (*multiply)(const LeftFactor& a, const ProductTerms& terms, std::size_t n, const float* block,
                   const ProductOutput& c);
  // The same for the upper triangle of B^T B. Entries below the diagonal are computed or left unchanged.
  void (*gram)(const ProductTerms& terms, std::size_t n, const float* block, const ProductOutput& c);
};

GOD_DECLARE_SIMD_TABLE(ProductSimd, product_simd)

}  // namespace god
