// The hot loops of mutual_proximity.cpp, one table per instruction set (see simd.hpp). Lengths are multiples
// of 16.
#pragma once
#include <cstddef>

namespace god {

struct MutualProximitySimd {
  // products[j] = sqrt(max(0, norm + norms[j] + products[j])): turns products -2 x.y into distances.
  void (*distances)(float* products, const float* norms, float norm, std::size_t length);
  // Sum of values[j].
  float (*sum)(const float* values, std::size_t length);
  // Sum of (values[j] - mean)^2.
  float (*squares)(const float* values, float mean, std::size_t length);
  // distances[j] = max((distances[j] - mean) * scale, (distances[j] - means[j]) * scales[j]).
  void (*normalize)(float* distances, float mean, float scale, const float* means, const float* scales,
                    std::size_t length);
};

}  // namespace god
