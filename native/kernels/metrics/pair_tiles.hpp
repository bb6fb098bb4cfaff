// Distances of all pairs of rows, by tiles, for the measures of metrics.hpp.
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

// Squared distances of all pairs, tile by tile, as |x|^2 + |y|^2 - 2 x.y of centered float64 rows. By the
// analysis of such sums (Higham, "Accuracy and stability of numerical algorithms", section 3.1) the error is
// at most margin() * (|x| + |y|)^2, which is at most 2 margin() (|x|^2 + |y|^2). Where that matters, callers
// use exact().
class PairTiles {
 public:
  // rows: n rows of any length, row-major.
  PairTiles(std::vector<double> rows, std::size_t n)
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

  double margin() const { return 2 * (static_cast<double>(d_) + 8) * 0x1.0p-53; }
  double squares(std::size_t i) const { return squares_[i]; }

  // tile[i * kTileCols + j] for rows [row, row_end) and columns [col, col_end).
  void fill(std::size_t row, std::size_t row_end, std::size_t col, std::size_t col_end, double* tile) const {
    if (d_ > 0) {
      gemm(Transpose::kNo, Transpose::kYes, {row_end - row, col_end - col, d_}, -2.0, rows_.data() + row * d_,
           d_, rows_.data() + col * d_, d_, 0.0, tile, kTileCols);
    } else {
      std::fill(tile, tile + kTileRows * kTileCols, 0.0);
    }
    for (std::size_t i = row; i < row_end; i++) {
      double* line = tile + (i - row) * kTileCols;
      for (std::size_t j = col; j < col_end; j++) line[j - col] += squares_[i] + squares_[j];
    }
  }

  double exact(std::size_t i, std::size_t j) const {
    const double* x = rows_.data() + i * d_;
    const double* y = rows_.data() + j * d_;
    double sum = 0;
    for (std::size_t k = 0; k < d_; k++) sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum;
  }

 private:
  std::size_t n_, d_;
  std::vector<double> rows_;
  std::vector<double> squares_;
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
template <class Columns, class F>
void for_each_tile(const PairTiles& pairs, std::size_t n, Run run, Columns&& columns_of, F&& f) {
  std::vector<std::vector<double>> tiles(run.threads);
  parallel_rows(run.threads, n, kTileRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  tiles[worker].resize(kTileRows * kTileCols);
                  const Span columns = columns_of(begin, end);
                  for (std::size_t col = columns.begin; col < columns.end; col += kTileCols) {
                    run.monitor.check();
                    const std::size_t col_end = std::min(columns.end, col + kTileCols);
                    pairs.fill(begin, end, col, col_end, tiles[worker].data());
                    f(begin, end, col, col_end, tiles[worker].data(), worker);
                  }
                });
}

}  // namespace god
