#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/matrix.hpp"
#include "base/random.hpp"

namespace test {

// Samples of the normal distribution, from a stream that no kernel draws from.
template <typename Float = float>
std::vector<Float> normals(std::size_t count, std::uint64_t seed, double scale = 1, double mean = 0) {
  const god::RandomStream random(seed, 1000);
  std::vector<Float> values(count);
  for (std::size_t i = 0; i < count; i++) values[i] = static_cast<Float>(mean + scale * random.normal(i));
  return values;
}

struct Points {
  std::vector<float> data;
  std::size_t rows, cols;
  god::ConstMatrix32 view() const { return {data.data(), rows, cols}; }
};

inline Points normal_points(std::size_t rows, std::size_t cols, std::uint64_t seed, double mean = 0,
                            double scale = 1) {
  return {normals(rows * cols, seed, scale, mean), rows, cols};
}

// The largest relative difference of the heights of two linkage matrices, or infinity if the trees differ.
inline double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && std::isfinite(worst); i++) {
    if (i % 4 == 2) {
      worst = std::max(worst, std::fabs(a[i] - b[i]) / std::max({a[i], b[i], 1e-300}));
    } else if (a[i] != b[i]) {
      worst = INFINITY;
    }
  }
  return worst;
}

}  // namespace test
