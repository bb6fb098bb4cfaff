// Distances from blocks of rows to points sorted by group, as mutual_proximity.cpp needs them.
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
// With 128 rows, a tile is half a megabyte of products, which stays in the cache.
constexpr std::size_t kTilePoints = 1024;

// Rounds up to a length that the SIMD loops take.
inline std::size_t padded(std::size_t length) {
  return (length + 15) / 16 * 16;
}

// Rows sorted by group, in their original order within each.
struct SortedRows {
  std::vector<std::uint32_t> original;  // the original index of each sorted row
  std::vector<std::size_t> begins;      // where each group begins; last, the number of rows
  std::vector<float> data;
  std::size_t cols;

  SortedRows(GroupedRows x, std::size_t count)
      : original(x.rows.rows), begins(count + 1), data(x.rows.size()), cols(x.rows.cols) {
    for (std::size_t i = 0; i < x.rows.rows; i++) {
      if (x.groups[i] < 0 || static_cast<std::size_t>(x.groups[i]) >= count)
        throw std::invalid_argument("the group of a row must be in [0, count)");
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

// Consecutive points of one group, relative to the group's mean and packed.
struct PackedPoints {
  std::size_t first, width;
  PackedMatrix coordinates;  // times -2, one column per point
};

// The same rows relative to the mean of their group, because errors of float32 products grow with the
// distance from the origin.
struct GroupCentered {
  SearchPoints points;
  std::vector<float> shifts;                     // groups x stride: the group's mean minus the frame's center
  std::vector<double> largest_norms;             // one per group
  std::vector<std::vector<PackedPoints>> tiles;  // one list per group

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

// Computes tiles of distances from a block of rows to the points, group by group.
class GroupTiles {
 public:
  // `slack` times the squared norms is subtracted from squared distances: 0, or a bound of their relative
  // error. `among_themselves`: `from` are the points themselves.
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
  // to the sorted points [first, first + width). If the row itself is one of these points, `own` is its
  // number among them, else `own` is `width`. f may overwrite the distances, up to the next multiple of 16.
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
  std::vector<std::size_t> place_;  // the sorted place of each row, if rows are the points themselves
  std::vector<float> rows_;         // the block's rows relative to a group's mean
  std::vector<float> norms_;
  std::vector<float> products_;
};

// Calls f(begin, end, worker) for blocks of rows, and reports progress.
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
