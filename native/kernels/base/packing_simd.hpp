// The packing of products.hpp, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>

#include "base/simd_dispatch.hpp"

namespace god {

// Rows [first, first + count) of a block of `depth` rows.
struct BlockRows {
  std::size_t first, count, depth;
};

struct PackingSimd {
  std::size_t lanes;  // the columns of a packed matrix are rounded up to a multiple of this
  // Packs rows of a block with n columns, times `factor`, into `block`. `b` points to the first of these
  // rows, or with `transposed` to the first of as many columns. Rows of the stored matrix are `stride` apart.
  void (*pack)(const float* b, std::size_t stride, bool transposed, const BlockRows& rows, std::size_t n,
               float factor, float* block);
  // Packs one row, factor * (x - shift), and adds it to `sums`.
  void (*pack_less)(const float* x, const float* shift, const BlockRows& row, std::size_t n, float factor,
                    float* block, float* sums);
};

GOD_DECLARE_SIMD_TABLE(PackingSimd, packing_simd)

}  // namespace god
