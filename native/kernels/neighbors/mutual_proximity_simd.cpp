#include "neighbors/mutual_proximity_simd.hpp"

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

// The square root of each lane, which compilers turn into one instruction.
inline Float root(Float v) {
  Float r;
  for (int lane = 0; lane < kLanes; lane++) r[lane] = __builtin_sqrtf(v[lane]);
  return r;
}

void distances(float* products, const float* norms, float norm, std::size_t length) {
  const Float zero = splat(0.0f);
  for (std::size_t j = 0; j < length; j += kLanes) {
    const Float squared = (load(norms + j) + norm) + load(products + j);
    store(products + j, root(max(squared, zero)));
  }
}

float sum(const float* values, std::size_t length) {
  Float total[kVectors] = {};
  for (std::size_t j = 0; j < length; j += kBlock) {
    for (int v = 0; v < kVectors; v++) total[v] += load(values + j + v * kLanes);
  }
  return sum_block(total);
}

float squares(const float* values, float mean, std::size_t length) {
  Float total[kVectors] = {};
  for (std::size_t j = 0; j < length; j += kBlock) {
    for (int v = 0; v < kVectors; v++) {
      const Float difference = load(values + j + v * kLanes) - mean;
      total[v] += difference * difference;
    }
  }
  return sum_block(total);
}

void normalize(float* values, float mean, float scale, const float* means, const float* scales,
               std::size_t length) {
  for (std::size_t j = 0; j < length; j += kLanes) {
    const Float distance = load(values + j);
    const Float mine = (distance - mean) * scale;
    const Float theirs = (distance - load(means + j)) * load(scales + j);
    store(values + j, max(mine, theirs));
  }
}

}  // namespace

extern const MutualProximitySimd mutual_proximity_simd;
const MutualProximitySimd mutual_proximity_simd = {distances, sum, squares, normalize};

}  // namespace god::GOD_ISA
