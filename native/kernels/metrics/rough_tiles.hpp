// Squared distances of all pairs in float32, with a bound of their error. This is enough to rank most of
// them.
#pragma once
#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "base/matrix.hpp"
#include "base/products.hpp"
#include "metrics/pair_tiles.hpp"
#include "neighbors/search_points.hpp"

namespace god {

// Tiles of -2 x.y. The error of |x|^2 + |y|^2 - 2 x.y is at most margin(|x|^2 + |y|^2), and so is that of
// |y|^2 - 2 x.y in float32 for given |x|^2. Let u = 2^-24. Rounded coordinates contribute 4 u |x||y|, the
// product of d terms (4 d + 8) u |x||y| (products.hpp), the norm and the sum 2 u (|y|^2 + |x||y|). Together
// that is less than (2 d + 16) u (|x|^2 + |y|^2), which leaves room for terms of second order and for float64
// rounding. In the points' unit, the largest value is between 2^-4 and 2^40, so underflow costs less than
// 2^-100 per term.
class RoughTiles {
 public:
  using Value = float;

  RoughTiles(ConstMatrix32 x, std::size_t threads)
      : x_(x), frame_(x, x, Metric::kEuclidean, threads), points_(x, frame_, threads) {
    for (std::size_t col = 0; col < x.rows; col += kTileCols) {
      const std::size_t width = std::min(kTileCols, x.rows - col);
      packed_.emplace_back();
      packed_.back().pack(Transpose::kYes, points_.centered_row(col), points_.stride, points_.cols, width,
                          -2);
      const auto norms = points_.exact_norms.begin() + static_cast<std::ptrdiff_t>(col);
      largest_.push_back(*std::max_element(norms, norms + static_cast<std::ptrdiff_t>(width)));
    }
  }

  // tile[i * kTileCols + j] for rows [row, row_end) and columns [col, col_end), where col is a multiple of
  // kTileCols. Infinite in the columns up to the next multiple of 16.
  void fill(std::size_t row, std::size_t row_end, std::size_t col, std::size_t col_end, float* tile) const {
    packed_[col / kTileCols].multiply({points_.centered_row(row), points_.stride, row_end - row},
                                      {tile, kTileCols});
    const std::size_t width = col_end - col, padded = (width + 15) / 16 * 16;
    for (std::size_t i = 0; i < row_end - row; i++) {
      float* line = tile + i * kTileCols;
      std::fill(line + width, line + padded, std::numeric_limits<float>::infinity());
    }
  }

  double exact(std::size_t i, std::size_t j) const { return squared_distance(x_.row(i), x_.row(j), x_.cols); }

  // Squared distances of the data are those of tiles and norms times this.
  double scale() const { return points_.unit * points_.unit; }
  double norm(std::size_t i) const { return points_.exact_norms[i]; }
  // The largest norm of the columns of the tile that begins at col.
  double largest_norm(std::size_t col) const { return largest_[col / kTileCols]; }
  // |y|^2 of column col and the following ones; up to 16 beyond the last can be read.
  const float* norms(std::size_t col) const { return points_.norms.data() + col; }

  double margin(double norms) const {
    const auto d = static_cast<double>(points_.cols);
    return (2 * d + 16) * (0x1p-24 * norms + 0x1p-100);
  }

 private:
  ConstMatrix32 x_;
  SearchFrame frame_;
  SearchPoints points_;
  std::vector<PackedMatrix> packed_;
  std::vector<double> largest_;
};

}  // namespace god
