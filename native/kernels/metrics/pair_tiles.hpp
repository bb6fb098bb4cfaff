// All pairs of rows, by tiles, for the measures of metrics.hpp.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/blas.hpp"
#include "base/matrix.hpp"
#include "base/parallel.hpp"
#include "base/run.hpp"

namespace god {

inline constexpr std::size_t kTileRows = 64;
inline constexpr std::size_t kTileCols = 512;

// Never less than 0, and the same for (y, x). Uses four sums, because in a single one each addition would
// wait for the one before.
template <class T>
double squared_distance(const T* x, const T* y, std::size_t d) {
  double sums[4] = {};
  const auto add = [&](std::size_t s, std::size_t k) {
    const double difference = static_cast<double>(x[k]) - static_cast<double>(y[k]);
    sums[s] += difference * difference;
  };
  std::size_t k = 0;
  for (; k + 4 <= d; k += 4) {
    for (std::size_t s = 0; s < 4; s++) add(s, k + s);
  }
  for (; k < d; k++) add(0, k);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// Rows in float64 around their mean, with their squared norms.
class CenteredRows {
 public:
  // rows: n rows of any length, row-major.
  CenteredRows(std::vector<double> rows, std::size_t n)
      : n_(n), d_(n == 0 ? 0 : rows.size() / n), rows_(std::move(rows)), squares_(n, 0.0) {
    std::vector<double> mean(d_, 0.0);
    for (std::size_t i = 0; i < n_; i++) {
      for (std::size_t k = 0; k < d_; k++) mean[k] += rows_[i * d_ + k];
    }
    for (double& m : mean) m /= static_cast<double>(n_);
    for (std::size_t i = 0; i < n_; i++) {
      double* row = rows_.data() + i * d_;
      for (std::size_t k = 0; k < d_; k++) {
        row[k] -= mean[k];
        squares_[i] += row[k] * row[k];
      }
    }
  }

  std::size_t cols() const { return d_; }
  const double* row(std::size_t i) const { return rows_.data() + i * d_; }
  const double* squares() const { return squares_.data(); }

  double exact(std::size_t i, std::size_t j) const { return squared_distance(row(i), row(j), d_); }

 private:
  std::size_t n_, d_;
  std::vector<double> rows_;
  std::vector<double> squares_;
};

// Tiles of -2 x.y in float64. With |x|^2 + |y|^2 added, the error is by the analysis of such sums (Higham,
// "Accuracy and stability of numerical algorithms", section 3.1) at most 2 (d + 8) u (|x| + |y|)^2, u =
// 2^-53; where that matters, callers use exact().
class ProductTiles {
 public:
  using Value = double;
  explicit ProductTiles(const CenteredRows& rows) : rows_(&rows) {}

  // tile[i * kTileCols + j] for rows [row, row_end) and columns [col, col_end).
  void fill(std::size_t row, std::size_t row_end, std::size_t col, std::size_t col_end, double* tile) const {
    const std::size_t d = rows_->cols();
    if (d == 0) return std::fill(tile, tile + kTileRows * kTileCols, 0.0);
    gemm(Transpose::kNo, Transpose::kYes, {row_end - row, col_end - col, d}, -2.0, rows_->row(row), d,
         rows_->row(col), d, 0.0, tile, kTileCols);
  }

 private:
  const CenteredRows* rows_;
};

// The rows in this order, in float64, for the Euclidean metric.
inline std::vector<double> in_doubles(ConstMatrix32 x, const std::vector<std::uint32_t>& order) {
  std::vector<double> rows;
  rows.reserve(x.size());
  for (const std::uint32_t i : order) rows.insert(rows.end(), x.row(i), x.row(i) + x.cols);
  return rows;
}

struct Span {
  std::size_t begin, end;
};

// Calls f(begin, end, col, col_end, tile, worker) for tiles that pair rows [begin, end) with the columns that
// columns_of(begin, end) returns. All tiles of a block of rows come in order on one thread.
template <class Tiles, class Columns, class F>
void for_each_tile(const Tiles& tiles, std::size_t n, Run run, Columns&& columns_of, F&& f) {
  std::vector<std::vector<typename Tiles::Value>> scratch(run.threads);
  parallel_rows(run.threads, n, kTileRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  scratch[worker].resize(kTileRows * kTileCols);
                  const Span columns = columns_of(begin, end);
                  for (std::size_t col = columns.begin; col < columns.end; col += kTileCols) {
                    run.monitor.check();
                    const std::size_t col_end = std::min(columns.end, col + kTileCols);
                    tiles.fill(begin, end, col, col_end, scratch[worker].data());
                    f(begin, end, col, col_end, scratch[worker].data(), worker);
                  }
                });
}

}  // namespace god
