// The loops of PCA over rows, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>

#include "base/simd_dispatch.hpp"

namespace god {

struct MomentsSimd {
  // out[j] = x[j] - shift[j]
  void (*center)(const float* x, const float* shift, std::size_t cols, float* out);
  // to[j] += unit * gram[j] - own * rest[j] + factor * delta[j]
  void (*add_scatter)(const float* gram, const double* rest, const double* delta, double unit, double own,
                      double factor, std::size_t cols, double* to);
};

GOD_DECLARE_SIMD_TABLE(MomentsSimd, moments_simd)

}  // namespace god
