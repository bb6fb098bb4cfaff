// Distances from blocks of rows to points that are put together by group: what mutual_proximity.cpp looks at.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "base/parallel.hpp"
#include "base/products.hpp"
#include "base/simd_dispatch.hpp"
#include "neighbors/mutual_proximity.hpp"
#include "neighbors/mutual_proximity_simd.hpp"
#include "neighbors/search_points.hpp"

namespace god {

GOD_DECLARE_SIMD_TABLE(MutualProximitySimd, mutual_proximity_simd)

constexpr std::size_t kTileRows = 128;
// With 128 rows: half a megabyte of products, which stay in the cache.
constexpr std::size_t kTilePoints = 1024;

// Lengths that the SIMD loops take.
inline std::size_t padded(std::size_t length) {
  return (length + 15) / 16 * 16;
}

// Rows put together by group, in their order within each.
struct SortedRows {
  std::vector<std::uint32_t> original;  // of each sorted row
  std::vector<std::size_t> begins;      // of each group, and the number of rows
  std::vector<float> data;
  std::size_t cols;

  SortedRows(GroupedRows x, std::size_t count)
      : original(x.rows.rows), begins(count + 1), data(x.rows.size()), cols(x.rows.cols) {
    for (std::size_t i = 0; i < x.rows.rows; i++) {
      if (x.groups[i] < 0 || static_cast<std::size_t>(x.groups[i]) >= count)
        throw std::invalid_argument("a row's group is outside of [0, count)");
      begins[static_cast<std::size_t>(x.groups[i]) + 1]++;
    }
    for (std::size_t g = 0; g < count; g++) begins[g + 1] += begins[g];
    std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
    for (std::size_t i = 0; i < x.rows.rows; i++) {
      const std::size_t at = next[static_cast<std::size_t>(x.groups[i])]++;
      original[at] = static_cast<std::uint32_t>(i);
      std::copy(x.rows.row(i), x.rows.row(i) + cols, &data[at * cols]);
    }
  }

  ConstMatrix32 view() const { return {data.data(), original.size(), cols}; }
};

// Points of one group that lie together, packed around the group's mean.
struct PackedPoints {
  std::size_t first, width;
  PackedMatrix coordinates;  // times -2, a column for each point
};

// The same rows around the mean of their group: what float32 products lose grows with the distance from
// there.
struct GroupCentered {
  SearchPoints points;
  std::vector<float> shifts;          // groups x stride: the group's mean as seen from the frame's center
  std::vector<double> largest_norms;  // of each group
  std::vector<std::vector<PackedPoints>> tiles;  // of each group

  GroupCentered(const SortedRows& sorted, const SearchFrame& frame, std::size_t threads)
      : points(sorted.view(), frame, threads), tiles(sorted.begins.size() - 1) {
    for (std::size_t g = 0; g < tiles.size(); g++) {
      const std::size_t begin = sorted.begins[g], end = sorted.begins[g + 1];
      center(begin, end);
      for (std::size_t first = begin; first < end; first += kTilePoints)
        tiles[g].push_back(pack(first, std::min(kTilePoints, end - first)));
    }
    points.centered = {};
  }

 private:
  void center(std::size_t begin, std::size_t end) {
    std::vector<double> mean(points.stride, 0.0);
    for (std::size_t i = begin; i < end; i++) {
      for (std::size_t c = 0; c < points.stride; c++)
        mean[c] += static_cast<double>(points.centered_row(i)[c]) / static_cast<double>(end - begin);
    }
    const std::size_t at = shifts.size();
    shifts.insert(shifts.end(), mean.begin(), mean.end());
    double largest = 0;
    for (std::size_t i = begin; i < end; i++) {
      const double norm =
          shift_row(points.centered_row(i), &shifts[at], points.stride, &points.centered[i * points.stride]);
      points.norms[i] = static_cast<float>(norm);
      largest = std::max(largest, norm);
    }
    largest_norms.push_back(largest);
  }

  PackedPoints pack(std::size_t first, std::size_t width) const {
    PackedPoints tile{first, width, {}};
    tile.coordinates.pack(Transpose::kYes, points.centered_row(first), points.stride, points.cols, width, -2);
    return tile;
  }

 public:
  // out = x - shift; returns |out|^2.
  static double shift_row(const float* x, const float* shift, std::size_t length, float* out) {
    double norm = 0;
    for (std::size_t c = 0; c < length; c++) {
      out[c] = x[c] - shift[c];
      norm += static_cast<double>(out[c]) * out[c];
    }
    return norm;
  }
};

// Tiles of distances from a block of rows to points, group by group. With the same data on both sides no row
// meets itself.
class GroupTiles {
 public:
  // `slack` times the squared norms is taken off squared distances: 0, or a bound of their error.
  GroupTiles(const SearchPoints& from, const GroupCentered& to, const SortedRows& sorted,
             bool among_themselves, double slack)
      : from_(from),
        to_(to),
        slack_(slack),
        place_(among_themselves ? places(sorted) : std::vector<std::size_t>()),
        rows_(kTileRows * from.cols),
        norms_(kTileRows),
        products_(kTileRows * kTilePoints) {}

  // Calls f(row, group, first, distances, width, own) for each row of [begin, end) and each tile: distances
  // to the sorted points [first, first + width), of which `own` (or width) is the row itself. f may change
  // them, and those up to the next multiple of 16.
  template <class F>
  void each(std::size_t begin, std::size_t end, const Monitor& monitor, F&& f) {
    for (std::size_t g = 0; g < to_.tiles.size(); g++) {
      for (std::size_t i = begin; i < end; i++) {
        float* row = &rows_[(i - begin) * from_.cols];
        const double norm =
            GroupCentered::shift_row(from_.centered_row(i), &to_.shifts[g * from_.stride], from_.cols, row);
        norms_[i - begin] = static_cast<float>(norm - slack_ * (norm + to_.largest_norms[g]));
      }
      for (const PackedPoints& tile : to_.tiles[g]) {
        monitor.check();
        each_row(begin, end, g, tile, f);
      }
    }
  }

 private:
  template <class F>
  void each_row(std::size_t begin, std::size_t end, std::size_t g, const PackedPoints& tile, F&& f) {
    tile.coordinates.multiply({rows_.data(), from_.cols, end - begin}, {products_.data(), kTilePoints});
    for (std::size_t i = begin; i < end; i++) {
      float* row = &products_[(i - begin) * kTilePoints];
      mutual_proximity_simd().distances(row, &to_.points.norms[tile.first], norms_[i - begin],
                                        padded(tile.width));
      const bool meets_itself =
          !place_.empty() && place_[i] >= tile.first && place_[i] < tile.first + tile.width;
      f(i, g, tile.first, row, tile.width, meets_itself ? place_[i] - tile.first : tile.width);
    }
  }

  static std::vector<std::size_t> places(const SortedRows& sorted) {
    std::vector<std::size_t> place(sorted.original.size());
    for (std::size_t at = 0; at < place.size(); at++) place[sorted.original[at]] = at;
    return place;
  }

  const SearchPoints& from_;
  const GroupCentered& to_;
  double slack_;
  std::vector<std::size_t> place_;  // where each row stands among the points, when both are the same
  std::vector<float> rows_;         // the block around a group's mean
  std::vector<float> norms_;
  std::vector<float> products_;
};

// Blocks of rows, each with its worker's own tiles.
template <class F>
void for_blocks(std::size_t rows, Run run, F&& f) {
  const std::size_t blocks = (rows + kTileRows - 1) / kTileRows;
  std::atomic<std::size_t> done{0};
  parallel_rows(run.threads, rows, kTileRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  f(begin, end, worker);
                  const std::size_t count = ++done;
                  if (worker == 0)
                    run.monitor.progress(static_cast<double>(count) / static_cast<double>(blocks));
                });
  run.monitor.progress(1);
}

}  // namespace god
