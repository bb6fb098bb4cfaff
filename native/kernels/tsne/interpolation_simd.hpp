// Between points and a grid by cubic B-splines, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>
#include <cstdint>

namespace god {

// A point in units of the grid's spacing, and its row of the layout. Its spline covers the nodes floor(x) ..
// floor(x) + 3, likewise in y.
struct PlacedPoint {
  float x, y;
  std::uint32_t row;
};

// Nodes that the splines of points in a tile of kTileWidth x kTileWidth cells cover, those of equal x
// contiguous.
constexpr std::size_t kTileWidth = 16;
constexpr std::size_t kPatchWidth = kTileWidth + 3;
constexpr std::size_t kPatchStride = 20;
struct Patch {
  float at[kPatchWidth * kPatchStride];
};

struct InterpolationSimd {
  // Spreads points of the tile whose first node is (x, y): charges of 1, into a patch that is cleared first.
  void (*spread)(const PlacedPoint* points, std::size_t count, std::size_t x, std::size_t y, Patch* patch);
  // Reads the field, in which nodes of equal x are contiguous and x counts `stride` floats: writes `scale`
  // times its gradient to the points' rows of `force` and returns the sum of its values.
  double (*gather)(const PlacedPoint* points, std::size_t count, const float* field, std::size_t stride,
                   float scale, float* force);
};

}  // namespace god
