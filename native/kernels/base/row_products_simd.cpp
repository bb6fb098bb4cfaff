#include "base/row_products_simd.hpp"

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

// Native vectors of a panel.
constexpr int kWide = 2;
constexpr std::size_t kPanel = kWide * kLanes;
// Rows of a tile, so that sums, weights and addresses find room in the registers.
#if GOD_LANES == 16
constexpr int kRows = 8;
#elif GOD_LANES == 8 || defined(__aarch64__)
constexpr int kRows = 6;
#else
constexpr int kRows = 4;
#endif

struct Shape {
  std::size_t in, out;
};

// `width` columns of R rows.
template <int R>
void tile(const float* x, Shape shape, const float* panel, std::size_t width, const float* bias, float* y) {
  Float sum[R][kWide] = {};
  for (std::size_t k = 0; k < shape.in; k++, panel += kPanel) {
    Float weight[kWide];
    for (int v = 0; v < kWide; v++) weight[v] = load(panel + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      const Float value = splat(x[static_cast<std::size_t>(r) * shape.in + k]);
      for (int v = 0; v < kWide; v++) sum[r][v] += value * weight[v];
    }
  }
  for (int r = 0; r < R; r++) {
    float* const to = y + static_cast<std::size_t>(r) * shape.out;
    if (width == kPanel) {
      for (int v = 0; v < kWide; v++) store(to + v * kLanes, sum[r][v] + load(bias + v * kLanes));
    } else {
      float values[kPanel];
      for (int v = 0; v < kWide; v++) store(values + v * kLanes, sum[r][v]);
      for (std::size_t j = 0; j < width; j++) to[j] = values[j] + bias[j];
    }
  }
}

template <int R>
void few_rows(std::size_t rows, const float* x, Shape shape, const float* panel, std::size_t width,
              const float* bias, float* y) {
  if (rows == R) return tile<R>(x, shape, panel, width, bias, y);
  if constexpr (R > 1) few_rows<R - 1>(rows, x, shape, panel, width, bias, y);
}

void multiply(const float* x, std::size_t rows, std::size_t in, const float* packed, std::size_t out,
              const float* bias, float* y) {
  static constexpr float kNone[kPanel] = {};
  for (std::size_t i = 0; i < rows; i += kRows) {
    const std::size_t count = rows - i < kRows ? rows - i : kRows;
    for (std::size_t j = 0; j < out; j += kPanel) {
      const std::size_t width = out - j < kPanel ? out - j : kPanel;
      few_rows<kRows>(count, x + i * in, {in, out}, packed + j * in, width, bias ? bias + j : kNone,
                      y + i * out + j);
    }
  }
}

}  // namespace

extern const RowProductsSimd row_products_simd;
const RowProductsSimd row_products_simd = {kPanel, multiply};

}  // namespace god::GOD_ISA
