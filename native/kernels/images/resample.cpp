#include "images/resample.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace god {
namespace {

constexpr std::size_t kChannels = 3;
// A byte times a weight, summed up, fits into 32 bits with a sign.
constexpr int kBits = 22;
constexpr std::int32_t kHalf = 1 << (kBits - 1);

// For each output pixel the input pixels that it is made of, and their weights.
struct Taps {
  std::vector<std::size_t> first;
  std::vector<std::size_t> count;
  std::vector<std::int32_t> weights;
  std::size_t most = 0;  // weights of an output pixel, with those that are not used

  const std::int32_t* of(std::size_t pixel) const { return weights.data() + pixel * most; }
  // One after the last input pixel of an output pixel.
  std::size_t end(std::size_t pixel) const { return first[pixel] + count[pixel]; }
};

// precompute_coeffs and normalize_coeffs_8bpc of Pillow, in the same order of operations, for `wanted` output pixels from `begin` on.
Taps taps_of(std::size_t from, std::size_t to, std::size_t begin, std::size_t wanted) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double support = std::max(scale, 1.0);
  Taps taps;
  taps.most = 2 * static_cast<std::size_t>(std::ceil(support)) + 1;
  taps.first.resize(wanted);
  taps.count.resize(wanted);
  taps.weights.resize(wanted * taps.most);
  std::vector<double> exact(taps.most);
  for (std::size_t i = 0; i < wanted; i++) {
    const double center = (static_cast<double>(begin + i) + 0.5) * scale;
    const double low = center - support + 0.5;
    const std::size_t first = low > 0 ? static_cast<std::size_t>(low) : 0;
    const std::size_t last = std::min(static_cast<std::size_t>(center + support + 0.5), from);
    const double unit = 1.0 / support;
    double sum = 0;
    for (std::size_t k = 0; k < last - first; k++) {
      const double distance = (static_cast<double>(k + first) - center + 0.5) * unit;
      exact[k] = std::max(0.0, 1.0 - std::abs(distance));
      sum += exact[k];
    }
    std::int32_t* weights = taps.weights.data() + i * taps.most;
    for (std::size_t k = 0; k < last - first; k++) {
      const double share = sum != 0 ? exact[k] / sum : exact[k];
      weights[k] = static_cast<std::int32_t>(0.5 + share * (1 << kBits));
    }
    taps.first[i] = first;
    taps.count[i] = last - first;
  }
  return taps;
}

std::uint8_t byte_of(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kBits, 0, 255));
}

void resample_row(const std::uint8_t* row, const Taps& taps, std::size_t cols, std::uint8_t* out) {
  for (std::size_t x = 0; x < cols; x++) {
    const std::uint8_t* in = row + kChannels * taps.first[x];
    const std::int32_t* weights = taps.of(x);
    std::int32_t red = kHalf, green = kHalf, blue = kHalf;
    for (std::size_t k = 0; k < taps.count[x]; k++, in += kChannels) {
      red += in[0] * weights[k];
      green += in[1] * weights[k];
      blue += in[2] * weights[k];
    }
    out[kChannels * x] = byte_of(red);
    out[kChannels * x + 1] = byte_of(green);
    out[kChannels * x + 2] = byte_of(blue);
  }
}

void check(const Picture& picture, const Window& window) {
  if (picture.width == 0 || picture.height == 0) throw std::invalid_argument("resample: an empty picture");
  const bool inside = window.left + window.cols <= window.width && window.top + window.rows <= window.height;
  if (window.cols == 0 || window.rows == 0 || !inside)
    throw std::invalid_argument("resample: the window is not inside the resized picture");
}

}  // namespace

void resample(const Picture& picture, const Window& window, const float* values, Run run, float* planes) {
  check(picture, window);
  const std::size_t cols = window.cols, rows = window.rows, stride = kChannels * cols;
  const Taps across = taps_of(picture.width, window.width, window.left, cols);
  const Taps down = taps_of(picture.height, window.height, window.top, rows);
  const std::size_t begin = down.first[0], end = down.end(rows - 1);
  std::vector<std::uint8_t> narrow((end - begin) * stride);
  for (std::size_t y = begin; y < end; y++) {
    run.monitor.check();
    resample_row(picture.pixels + y * kChannels * picture.width, across, cols,
                 narrow.data() + (y - begin) * stride);
  }
  std::vector<std::int32_t> sums(stride);
  for (std::size_t y = 0; y < rows; y++) {
    run.monitor.check();
    std::fill(sums.begin(), sums.end(), kHalf);
    for (std::size_t k = 0; k < down.count[y]; k++) {
      const std::uint8_t* in = narrow.data() + (down.first[y] - begin + k) * stride;
      const std::int32_t weight = down.of(y)[k];
      for (std::size_t i = 0; i < stride; i++) sums[i] += in[i] * weight;
    }
    for (std::size_t c = 0; c < kChannels; c++) {
      float* out = planes + (c * rows + y) * cols;
      for (std::size_t x = 0; x < cols; x++) out[x] = values[256 * c + byte_of(sums[kChannels * x + c])];
    }
  }
}

}  // namespace god
