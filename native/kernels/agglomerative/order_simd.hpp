// The hot loop of the optimal leaf order: the min-plus product of two matrices.
#pragma once
#include <cstddef>

#include "base/simd_dispatch.hpp"

namespace god {

constexpr std::size_t kOrderColumns = 32;

struct OrderSimd {
  // c[j] = min over k in [0, count) of a[k] + b[k * stride + j], for j in [0, columns), columns <= 32.
  void (*min_plus)(const double* a, const double* b, std::size_t stride, std::size_t count,
                   std::size_t columns, double* c);
};

GOD_DECLARE_SIMD_TABLE(OrderSimd, order_simd)

}  // namespace god
