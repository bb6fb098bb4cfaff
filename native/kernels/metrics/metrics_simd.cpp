#include "metrics/metrics_simd.hpp"

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

// A native vector has half as many float64 lanes.
constexpr int kWide = kLanes / 2;
constexpr int kWides = kBlock / kWide;
using Wide = double __attribute__((vector_size(kWide * 8)));
using WideMask = std::int64_t __attribute__((vector_size(kWide * 8)));
typedef double LooseWide __attribute__((vector_size(kWide * 8), aligned(8), may_alias));

inline Wide load_wide(const double* p) {
  return *reinterpret_cast<const LooseWide*>(p);
}
inline void store_wide(double* p, Wide v) {
  *reinterpret_cast<LooseWide*>(p) = v;
}

inline std::uint32_t total_of(Int counts) {
  std::int32_t total = 0;
  for (int lane = 0; lane < kLanes; lane++) total += counts[lane];
  return static_cast<std::uint32_t>(total);
}

void rank(float* products, const float* norms, std::size_t count, const RankBounds& bounds) {
  for (std::size_t j = 0; j < count; j += kLanes) store(products + j, load(products + j) + load(norms + j));
  for (std::size_t r = 0; r < bounds.count; r++) {
    const float low = bounds.low[r], high = bounds.high[r];
    Int below{}, within{};
    for (std::size_t j = 0; j < count; j += kLanes) {
      const Float value = load(products + j);
      below += value < splat(low);
      within += value <= splat(high);
    }
    // A true lane is -1.
    const std::uint32_t before = total_of(-below);
    bounds.before[r] += before;
    if (total_of(-within) == before) continue;
    for (std::size_t j = 0; j < count; j++) {
      if (products[j] >= low && products[j] <= high) bounds.close(bounds.context, r, j);
    }
  }
}

bool add_squares(double* line, const double* squares, double own, double small, std::size_t count) {
  WideMask found{};
  std::size_t j = 0;
  for (; j + kWide <= count; j += kWide) {
    const Wide norms = own + load_wide(squares + j);
    const Wide square = load_wide(line + j) + norms;
    store_wide(line + j, square);
    found |= square <= small * norms;
  }
  bool any = false;
  for (int lane = 0; lane < kWide; lane++) any |= found[lane] != 0;
  for (; j < count; j++) {
    const double norms = own + squares[j];
    line[j] += norms;
    any |= line[j] <= small * norms;
  }
  return any;
}

inline Wide root_of(Wide x) {
  Wide root{};
  for (int lane = 0; lane < kWide; lane++) root[lane] = __builtin_sqrt(x[lane]);
  return root;
}

// Value j is added to sum j mod 16, and the 16 sums are added in a fixed order, whatever the width of a
// native vector.
template <bool kRoots>
double sum_of(const double* line, std::size_t count) {
  Wide sums[kWides] = {};
  const auto add = [&](const double* from) {
    for (int v = 0; v < kWides; v++) {
      const Wide x = load_wide(from + v * kWide);
      sums[v] += kRoots ? root_of(x) : x;
    }
  };
  std::size_t j = 0;
  for (; j + kBlock <= count; j += kBlock) add(line + j);
  if (j < count) {
    double rest[kBlock] = {};
    for (std::size_t e = 0; j + e < count; e++) rest[e] = line[j + e];
    add(rest);
  }
  double lanes[kBlock];
  for (int v = 0; v < kWides; v++) store_wide(lanes + v * kWide, sums[v]);
  for (int step = kBlock / 2; step > 0; step /= 2) {
    for (int lane = 0; lane < step; lane++) lanes[lane] += lanes[lane + step];
  }
  return lanes[0];
}

}  // namespace

extern const MetricsSimd metrics_simd;
const MetricsSimd metrics_simd = {rank, add_squares, sum_of<false>, sum_of<true>};

}  // namespace god::GOD_ISA
