// The repulsive forces of t-SNE in the plane by interpolation on a grid (after Linderman et al., "Fast
// interpolation-based t-SNE", 2019, with one kernel instead of four).
//
// The field phi(y) = sum_j 1 / (1 + |y - y_j|^2) yields both the normalizer Z = sum_i phi(y_i) - n and the
// force sum_j (y_i - y_j) / (1 + |y_i - y_j|^2)^2 = -1/2 grad phi(y_i). Each point is a charge of 1. Charges
// are spread over a grid by cubic B-splines and convolved with the kernel 1 / (1 + r^2); the same splines
// interpolate the field and its gradient at the points. Errors come from near neighbors, so they shrink as
// the layout gets denser: at a spacing of 0.4 and 1 point per unit of area they are 1 % of the forces (root
// mean square) and 1e-4 of Z. They fall with the third power of the spacing. Time O(n + m log m) for m
// nodes; m grows with the layout's extent.
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

  // `spacing` is the largest distance between nodes; a layout of small extent gets closer ones.
  InterpolatedRepulsion(std::size_t n, double spacing, std::size_t threads);

  // Chooses a grid for the layout (n x 2) and returns its number of nodes, or 0 if it would take more than
  // kMostNodes along an axis. The grid starts at the layout's corner, so it shifts from one iteration to the
  // next; a fixed grid would pull points towards its nodes.
  std::size_t fit(const float* layout);
  // Writes the forces into `force` (n x 2); `layout` is the one passed to `fit`.
  void run(const float* layout, float* force);
  // Z, valid after `run`.
  double normalizer() const { return normalizer_; }

 private:
  struct Box {
    float low[2], high[2];
  };
  // Some of a tile's points: `points_` begin .. end - 1.
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
  std::vector<std::uint32_t> counts_;  // points per block and tile; then where in points_ the next one goes
  std::vector<std::uint32_t> ends_;    // where each tile's points end in points_
  std::vector<PlacedPoint> points_;    // sorted by tile
  std::vector<Chunk> chunks_;
  std::vector<std::size_t> band_chunks_;
  std::vector<Patch> patches_;
  std::vector<double> sums_;
  FieldGrid grid_;
  double normalizer_ = 1;
};

}  // namespace god
