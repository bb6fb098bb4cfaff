// The hot loops of metrics.cpp and cluster_metrics.cpp, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/simd_dispatch.hpp"

namespace god {

// Ascending pairs of bounds. A value below `low` is certainly before the place of a bound, and one above
// `high` certainly not. For values between them, `close` is called.
struct RankBounds {
  const float* low;
  const float* high;
  std::size_t count;
  std::uint32_t* before;  // for each bound, incremented by the number of values before it
  void (*close)(void* context, std::size_t bound, std::size_t value);
  void* context;
};

struct MetricsSimd {
  // Ranks products[j] + norms[j] among the bounds, for j < count, a multiple of 16. Overwrites `products`.
  void (*rank)(float* products, const float* norms, std::size_t count, const RankBounds& bounds);
  // line[j] += own + squares[j]. Returns whether any result is at most small * (own + squares[j]).
  bool (*add_squares)(double* line, const double* squares, double own, double small, std::size_t count);
  double (*sum)(const double* line, std::size_t count);
  double (*sum_of_roots)(const double* line, std::size_t count);
};

GOD_DECLARE_SIMD_TABLE(MetricsSimd, metrics_simd)

}  // namespace god
