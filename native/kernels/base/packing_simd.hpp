// The packing of products.hpp, one table per instruction set (simd.hpp says how).
#pragma once
#include <cstddef>

#include "base/simd_dispatch.hpp"

namespace god {

// Rows [first, first + count) of a block of `depth` rows.
struct BlockRows {
  std::size_t first, count, depth;
};

struct PackingSimd {
  std::size_t lanes;  // a packed matrix has its columns rounded up to a multiple
  // Packs rows of a block with n columns, times `factor`, into `block`. `b` is where they are stored, or with
  // `transposed` where the first of so many columns is; what is stored has its rows `stride` apart.
  void (*pack)(const float* b, std::size_t stride, bool transposed, const BlockRows& rows, std::size_t n,
               float factor, float* block);
  // Packs one row, factor * (x - shift), and adds it to `sums`.
  void (*pack_less)(const float* x, const float* shift, const BlockRows& row, std::size_t n, float factor,
                    float* block, float* sums);
};

GOD_DECLARE_SIMD_TABLE(PackingSimd, packing_simd)

}  // namespace god
