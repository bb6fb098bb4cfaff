#include "tsne/interpolation_simd.hpp"

namespace god::GOD_ISA {
namespace {

// Four nodes along one axis; vectors of this width are native everywhere.
using Four = float __attribute__((vector_size(16)));
typedef float LooseFour __attribute__((vector_size(16), aligned(4), may_alias));

inline Four load(const float* p) {
  return *reinterpret_cast<const LooseFour*>(p);
}
inline void store(float* p, Four v) {
  *reinterpret_cast<LooseFour*>(p) = v;
}

// The cubic B-splines of four neighboring nodes, at a place between the middle two: polynomials in its
// distance t from the second node.
constexpr Four kConstant = {1.0f / 6, 4.0f / 6, 1.0f / 6, 0};
constexpr Four kLinear = {-0.5f, 0, 0.5f, 0};
constexpr Four kSquare = {0.5f, -1, 0.5f, 0};
constexpr Four kCube = {-1.0f / 6, 0.5f, -0.5f, 1.0f / 6};

inline Four splines(float t) {
  return ((kCube * t + kSquare) * t + kLinear) * t + kConstant;
}
inline Four slopes(float t) {
  return (3.0f * kCube * t + 2.0f * kSquare) * t + kLinear;
}

void spread(const PlacedPoint* points, std::size_t count, std::size_t x, std::size_t y, Patch* patch) {
  __builtin_memset(patch->at, 0, sizeof(patch->at));
  for (std::size_t p = 0; p < count; p++) {
    const auto cell_x = static_cast<std::size_t>(static_cast<int>(points[p].x));
    const auto cell_y = static_cast<std::size_t>(static_cast<int>(points[p].y));
    const Four along_x = splines(points[p].x - static_cast<float>(cell_x));
    const Four along_y = splines(points[p].y - static_cast<float>(cell_y));
    float* nodes = patch->at + (cell_x - x) * kPatchStride + (cell_y - y);
    for (int a = 0; a < 4; a++) {
      float* line = nodes + static_cast<std::size_t>(a) * kPatchStride;
      store(line, load(line) + along_x[a] * along_y);
    }
  }
}

// Lane i of the result is the sum of the i-th vector's lanes.
inline Four sum_lanes(Four a, Four b, Four c, Four d) {
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

double gather(const PlacedPoint* points, std::size_t count, const float* field, std::size_t stride,
              float scale, float* force) {
  double sum = 0;
  for (std::size_t p = 0; p < count; p++) {
    const auto cell_x = static_cast<std::size_t>(static_cast<int>(points[p].x));
    const auto cell_y = static_cast<std::size_t>(static_cast<int>(points[p].y));
    const float tx = points[p].x - static_cast<float>(cell_x);
    const float ty = points[p].y - static_cast<float>(cell_y);
    const Four along_x = splines(tx);
    const Four slope_x = slopes(tx);
    const Four along_y = splines(ty);
    const float* nodes = field + cell_x * stride + cell_y;
    Four value = {};
    Four slope = {};
    for (int a = 0; a < 4; a++) {
      const Four line = load(nodes + static_cast<std::size_t>(a) * stride);
      value += along_x[a] * line;
      slope += slope_x[a] * line;
    }
    const Four sums = sum_lanes(value * along_y, slope * along_y, value * slopes(ty), Four{});
    sum += static_cast<double>(sums[0]);
    float* out = force + 2 * static_cast<std::size_t>(points[p].row);
    out[0] = scale * sums[1];
    out[1] = scale * sums[2];
  }
  return sum;
}

}  // namespace

extern const InterpolationSimd interpolation_simd;
const InterpolationSimd interpolation_simd = {spread, gather};

}  // namespace god::GOD_ISA
