// Spreading points over a grid and reading a field at points, by cubic B-splines; one table per instruction
// set (see simd.hpp).
#pragma once
#include <cstddef>
#include <cstdint>

namespace god {

// A point in units of the grid's spacing, and its row of the layout. Its spline covers the nodes floor(x) ..
// floor(x) + 3, and likewise in y.
struct PlacedPoint {
  float x, y;
  std::uint32_t row;
};

// The nodes covered by the splines of points in a tile of kTileWidth x kTileWidth cells. Nodes of equal x are
// contiguous.
constexpr std::size_t kTileWidth = 16;
constexpr std::size_t kPatchWidth = kTileWidth + 3;
constexpr std::size_t kPatchStride = 20;
struct Patch {
  float at[kPatchWidth * kPatchStride];
};

struct InterpolationSimd {
  // Clears the patch, then spreads points of the tile whose first node is (x, y) into it, as charges of 1.
  void (*spread)(const PlacedPoint* points, std::size_t count, std::size_t x, std::size_t y, Patch* patch);
  // Interpolates the field, whose node (x, y) is field[x * stride + y]. Writes `scale` times the gradient at
  // each point to its row of `force`, and returns the sum of the field at the points.
  double (*gather)(const PlacedPoint* points, std::size_t count, const float* field, std::size_t stride,
                   float scale, float* force);
};

}  // namespace god
