#include "quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "blas.hpp"
#include "neighbors.hpp"
#include "parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kTileRows = 64;
constexpr std::size_t kTileCols = 512;

// Squared distances of all pairs, tile by tile, as |x|^2 + |y|^2 - 2 x.y of centred float64 rows. By the
// analysis of such sums (Higham, "Accuracy and stability of numerical algorithms", section 3.1) the error is
// at most margin() * (|x| + |y|)^2, which is at most 2 margin() (|x|^2 + |y|^2); where that matters callers
// ask for exact().
class PairTiles {
 public:
  PairTiles(ConstMatrix32 x, const std::vector<std::uint32_t>& order)
      : n_(x.rows), d_(x.cols), rows_(x.size()), squares_(x.rows, 0.0) {
    std::vector<double> mean(d_, 0.0);
    for (std::size_t i = 0; i < n_; i++) {
      for (std::size_t k = 0; k < d_; k++) mean[k] += x.row(i)[k];
    }
    for (double& m : mean) m /= static_cast<double>(n_);
    for (std::size_t i = 0; i < n_; i++) {
      double* row = rows_.data() + i * d_;
      for (std::size_t k = 0; k < d_; k++) {
        row[k] = x.row(order[i])[k] - mean[k];
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

std::vector<std::uint32_t> identity(std::size_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

// Calls f(begin, end, col, col_end, tile, worker) for every tile of the pairs; all tiles of one block of rows
// come in order on one thread.
template <class F>
void for_each_tile(const PairTiles& pairs, std::size_t n, std::size_t threads, const Monitor& monitor,
                   F&& f) {
  std::vector<std::vector<double>> tiles(threads);
  parallel_rows(threads, n, kTileRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  tiles[worker].resize(kTileRows * kTileCols);
                  for (std::size_t col = 0; col < n; col += kTileCols) {
                    monitor.check();
                    const std::size_t col_end = std::min(n, col + kTileCols);
                    pairs.fill(begin, end, col, col_end, tiles[worker].data());
                    f(begin, end, col, col_end, tiles[worker].data(), worker);
                  }
                });
}

// One neighbour in Y whose rank in X is being counted.
struct Ranked {
  double square;  // exact squared distance in X
  std::uint32_t row;
  std::size_t nearer;  // rows before it in the order of (distance in X, row)
};

// Counts the rows of a tile's line that come before the neighbours of row i.
void count_nearer(const PairTiles& pairs, std::size_t i, std::size_t col, std::size_t col_end,
                  const double* line, Ranked* neighbors, std::size_t k) {
  double farthest = 0;
  for (std::size_t r = 0; r < k; r++) farthest = std::max(farthest, neighbors[r].square);
  for (std::size_t j = col; j < col_end; j++) {
    const double square = line[j - col];
    const double error = 2 * pairs.margin() * (pairs.squares(i) + pairs.squares(j));
    if (square - error > farthest || j == i) continue;
    for (std::size_t r = 0; r < k; r++) {
      Ranked& neighbor = neighbors[r];
      if (square + error < neighbor.square) {
        neighbor.nearer++;
      } else if (square - error <= neighbor.square) {
        const double exact = pairs.exact(i, j);
        neighbor.nearer += exact < neighbor.square || (exact == neighbor.square && j < neighbor.row);
      }
    }
  }
}

}  // namespace

double trustworthiness(ConstMatrix32 x, ConstMatrix32 y, std::size_t k, std::size_t threads,
                       Monitor& monitor) {
  const std::size_t n = x.rows;
  if (y.rows != n) throw std::invalid_argument("trustworthiness needs as many rows in Y as in X");
  if (k == 0 || 2 * k >= n) throw std::invalid_argument("trustworthiness needs 0 < k < rows / 2");
  const std::size_t resolved = resolve_threads(threads);
  check_finite(x, "X", resolved);
  std::vector<std::uint32_t> indices(n * k);
  std::vector<Ranked> ranked(n * k);
  {
    std::vector<float> distances(n * k);
    nearest_neighbors(y, k, Metric::kEuclidean, resolved, monitor, indices.data(), distances.data());
  }
  const PairTiles pairs(x, identity(n));
  for_each_tile(pairs, n, resolved, monitor,
                [&](std::size_t begin, std::size_t end, std::size_t col, std::size_t col_end,
                    const double* tile, std::size_t) {
                  if (col == 0) {
                    for (std::size_t e = begin * k; e < end * k; e++) {
                      ranked[e] = {pairs.exact(e / k, indices[e]), indices[e], 0};
                    }
                  }
                  for (std::size_t i = begin; i < end; i++) {
                    count_nearer(pairs, i, col, col_end, tile + (i - begin) * kTileCols,
                                 ranked.data() + i * k, k);
                  }
                });
  double penalty = 0;  // an integer below 2^53: exact in any order
  for (const Ranked& neighbor : ranked)
    penalty += neighbor.nearer >= k ? static_cast<double>(neighbor.nearer + 1 - k) : 0;
  const auto rows = static_cast<double>(n);
  const auto neighbors = static_cast<double>(k);
  return 1 - penalty * 2 / (rows * neighbors * (2 * rows - 3 * neighbors - 1));
}

namespace {

// Rows sorted by label, and where each cluster begins in them.
struct Grouping {
  std::vector<std::uint32_t> order;
  std::vector<std::size_t> begin;

  Grouping(const std::int32_t* labels, std::size_t n, std::size_t clusters)
      : order(n), begin(clusters + 1, 0) {
    for (std::size_t i = 0; i < n; i++) {
      if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= clusters) {
        throw std::invalid_argument("silhouette needs labels in [0, clusters)");
      }
      begin[static_cast<std::size_t>(labels[i]) + 1]++;
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < n; i++)
      order[next[static_cast<std::size_t>(labels[i])]++] = static_cast<std::uint32_t>(i);
  }

  std::size_t size(std::size_t cluster) const { return begin[cluster + 1] - begin[cluster]; }
};

// Adds a tile's line of distances, to places [col, col_end) of the grouping, to the sums of their clusters;
// `first` is the cluster of place col.
void add_by_cluster(const Grouping& groups, std::size_t first, std::size_t col, std::size_t col_end,
                    const double* line, double* sums) {
  for (std::size_t c = first, j = col; j < col_end; c++) {
    const std::size_t stop = std::min(col_end, groups.begin[c + 1]);
    double sum = 0;
    for (; j < stop; j++) sum += line[j - col];
    sums[c] += sum;
  }
}

// `sums` holds the sum of the row's distances to each cluster.
double silhouette_of(const Grouping& groups, std::size_t own, const double* sums) {
  if (groups.size(own) <= 1) return 0;
  const double within = sums[own] / static_cast<double>(groups.size(own) - 1);
  double between = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c + 1 < groups.begin.size(); c++) {
    if (c != own && groups.size(c) > 0)
      between = std::min(between, sums[c] / static_cast<double>(groups.size(c)));
  }
  const double larger = std::max(within, between);
  return larger > 0 ? (between - within) / larger : 0;
}

}  // namespace

void silhouette(ConstMatrix32 x, const std::int32_t* labels, std::size_t clusters, std::size_t threads,
                Monitor& monitor, double* values) {
  const std::size_t n = x.rows;
  const std::size_t resolved = resolve_threads(threads);
  check_finite(x, "X", resolved);
  const Grouping groups(labels, n, clusters);
  const PairTiles pairs(x, groups.order);
  // Below this share of |x|^2 + |y|^2 the square root would magnify what cancellation has left.
  const double small = 1e-6;
  const auto label_at = [&](std::size_t place) {
    return static_cast<std::size_t>(labels[groups.order[place]]);
  };
  std::vector<std::vector<double>> sums_of_worker(resolved);
  for_each_tile(
      pairs, n, resolved, monitor,
      [&](std::size_t begin, std::size_t end, std::size_t col, std::size_t col_end, double* tile,
          std::size_t worker) {
        std::vector<double>& sums = sums_of_worker[worker];
        if (col == 0) sums.assign(kTileRows * clusters, 0.0);
        for (std::size_t i = begin; i < end; i++) {
          double* line = tile + (i - begin) * kTileCols;
          for (std::size_t j = col; j < col_end; j++) {
            double& square = line[j - col];
            if (square <= small * (pairs.squares(i) + pairs.squares(j))) square = pairs.exact(i, j);
          }
          for (std::size_t j = col; j < col_end; j++) line[j - col] = std::sqrt(line[j - col]);
          add_by_cluster(groups, label_at(col), col, col_end, line, sums.data() + (i - begin) * clusters);
        }
        if (col_end < n) return;
        for (std::size_t i = begin; i < end; i++) {
          values[groups.order[i]] = silhouette_of(groups, label_at(i), sums.data() + (i - begin) * clusters);
        }
      });
}

}  // namespace god
