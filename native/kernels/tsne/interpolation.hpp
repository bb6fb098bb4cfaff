// The repulsive forces of t-SNE in the plane by interpolation on a grid (after Linderman et al., "Fast
// interpolation-based t-SNE", 2019, with one kernel instead of four).
//
// The field phi(y) = sum_j 1 / (1 + |y - y_j|^2) gives both: Z = sum_i phi(y_i) - n, and the force sum_j (y_i
// - y_j) / (1 + |y_i - y_j|^2)^2 = -1/2 grad phi(y_i). Charges are spread over a grid by cubic B-splines,
// convolved with the kernel, and field and gradient are read off by the same splines. Errors come from near
// neighbors, so that they are the smaller the denser the layout is: at a spacing of 0.4 and 1 point per unit
// of area 1 % of the forces (root mean square) and 1e-4 of Z, and they fall with the third power of the
// spacing. Time O(n + m log m), m the nodes of the grid, which follow the layout's extent.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tsne/interpolation_grid.hpp"
#include "tsne/interpolation_simd.hpp"

namespace god {

class InterpolatedRepulsion {
 public:
  // At most this many nodes along an axis.
  static constexpr std::size_t kMostNodes = 4096;

  // `spacing`: the largest distance of nodes; they are closer together for a layout of small extent.
  InterpolatedRepulsion(std::size_t n, double spacing, std::size_t threads);

  // Chooses a grid for the layout (n x 2) and returns its number of nodes; 0 if it would take more than
  // kMostNodes along an axis. It begins where the layout does, and so moves under the points of a descent,
  // which would be pulled to the nodes of one that stands still.
  std::size_t fit(const float* layout);
  // The forces on the layout that was fitted, into `force` (n x 2).
  void run(const float* layout, float* force);
  // Z, once forces are there.
  double normalizer() const { return normalizer_; }

 private:
  struct Box {
    float low[2], high[2];
  };
  // Some of the points of a tile, in `points_`.
  struct Chunk {
    std::uint32_t tile_x, tile_y, begin, end;
  };

  Box measure(const float* layout) const;
  PlacedPoint place(const float* layout, std::size_t row) const;
  std::size_t tile_of(PlacedPoint point) const;
  void sort(const float* layout);
  void cut_tiles();
  void gather_band(std::size_t band, ComplexLanes* rows) const;

  std::size_t n_;
  std::size_t threads_;
  double largest_spacing_, spacing_ = 1;
  float low_[2] = {}, scale_ = 1;
  std::size_t nodes_[2] = {};
  std::size_t tiles_[2] = {};
  std::size_t block_points_, blocks_;
  std::vector<std::uint32_t> counts_;  // of each tile, by block of points; then where they go
  std::vector<std::uint32_t> ends_;    // of the tiles' points
  std::vector<PlacedPoint> points_;    // by tile
  std::vector<Chunk> chunks_;
  std::vector<std::size_t> band_chunks_;
  std::vector<Patch> patches_;
  std::vector<double> sums_;
  FieldGrid grid_;
  double normalizer_ = 1;
};

}  // namespace god
