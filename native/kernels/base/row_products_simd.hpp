// The loops of row_products.hpp, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>

#include "base/simd_dispatch.hpp"

namespace god {

struct RowProductsSimd {
  // Columns of W that lie together: for each panel `in` rows of so many, the last panel filled with zeros.
  std::size_t panel;
  void (*multiply)(const float* x, std::size_t rows, std::size_t in, const float* packed, std::size_t out,
                   const float* bias, float* y);
};

GOD_DECLARE_SIMD_TABLE(RowProductsSimd, row_products_simd)

}  // namespace god
