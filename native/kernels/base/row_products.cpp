#include "base/row_products.hpp"

#include <algorithm>

#include "base/row_products_simd.hpp"

namespace god {
namespace {

std::size_t padded(std::size_t out) {
  const std::size_t panel = row_products_simd().panel;
  return (out + panel - 1) / panel * panel;
}

}  // namespace

RowWeights::RowWeights(Transpose side, const float* weights, std::size_t in, std::size_t out)
    : in_(in), out_(out), packed_(in * padded(out)) {
  const std::size_t panel = row_products_simd().panel;
  float* to = packed_.data();
  for (std::size_t first = 0; first < out; first += panel) {
    const std::size_t width = std::min(panel, out - first);
    for (std::size_t k = 0; k < in; k++, to += panel) {
      std::fill(to + width, to + panel, 0.0F);
      for (std::size_t j = 0; j < width; j++)
        to[j] = side == Transpose::kNo ? weights[k * out + first + j] : weights[(first + j) * in + k];
    }
  }
}

void RowWeights::multiply(const float* x, std::size_t rows, const float* bias, float* y) const {
  row_products_simd().multiply(x, rows, in_, packed_.data(), out_, bias, y);
}

}  // namespace god
