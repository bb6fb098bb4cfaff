#include "metrics/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "base/blas.hpp"
#include "base/parallel.hpp"
#include "neighbors/neighbors.hpp"

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

// The neighbors that one row has in Y, sorted by their exact squared distance in X, and how many rows are
// nearer in X.
class NeighborRanks {
 public:
  NeighborRanks(const PairTiles& pairs, std::size_t i, const std::uint32_t* neighbors, std::size_t k)
      : pairs_(&pairs), i_(i), neighbors_(k), squares_(k), before_(k + 1, 0), also_before_(k, 0) {
    std::vector<std::pair<double, std::uint32_t>> sorted(k);
    for (std::size_t r = 0; r < k; r++) sorted[r] = {pairs.exact(i, neighbors[r]), neighbors[r]};
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t r = 0; r < k; r++) std::tie(squares_[r], neighbors_[r]) = sorted[r];
  }

  // Takes in the rows [col, col_end), whose squared distances are in `line`.
  void count(std::size_t col, std::size_t col_end, const double* line) {
    const double factor = 2 * pairs_->margin();
    const double own = pairs_->squares(i_);
    const double farthest = squares_.back();
    for (std::size_t j = col; j < col_end; j++) {
      const double square = line[j - col];
      const double error = factor * (own + pairs_->squares(j));
      if (square - error > farthest || j == i_) continue;
      const std::size_t certain = first_above(square + error);
      before_[certain]++;
      for (std::size_t r = certain; r-- > 0 && squares_[r] >= square - error;)
        also_before_[r] += is_before(j, r);
    }
  }

  // Sum over the neighbors of max(0, rank - k).
  std::size_t penalty() const {
    const std::size_t k = squares_.size();
    std::size_t sum = 0, before = 0;
    for (std::size_t r = 0; r < k; r++) {
      before += before_[r];
      const std::size_t rank = before + also_before_[r] + 1;
      sum += rank > k ? rank - k : 0;
    }
    return sum;
  }

 private:
  // The first neighbor beyond the squared distance, k if there is none.
  std::size_t first_above(double square) const {
    const double* base = squares_.data();
    for (std::size_t length = squares_.size();
         length > 0;) {  // no branch on the data, which would be hard to foresee
      const std::size_t half = (length + 1) / 2;
      base += base[half - 1] <= square ? half : 0;
      length -= half;
    }
    return static_cast<std::size_t>(base - squares_.data());
  }

  bool is_before(std::size_t j, std::size_t r) const {
    const double exact = pairs_->exact(i_, j);
    return exact < squares_[r] || (exact == squares_[r] && j < neighbors_[r]);
  }

  const PairTiles* pairs_;
  std::size_t i_;
  std::vector<std::uint32_t> neighbors_;
  std::vector<double> squares_;
  std::vector<std::size_t> before_;       // rows that come before the neighbors r, r + 1, ... for certain
  std::vector<std::size_t> also_before_;  // rows too close to neighbor r to tell without the exact distance
};

}  // namespace
double trustworthiness(ConstMatrix32 x, ConstMatrix32 y, std::size_t k, std::size_t threads,
                       Monitor& monitor) {
  const std::size_t n = x.rows;
  if (y.rows != n) throw std::invalid_argument("trustworthiness needs as many rows in Y as in X");
  if (k == 0 || 2 * k >= n) throw std::invalid_argument("trustworthiness needs 0 < k < rows / 2");
  const std::size_t resolved = resolve_threads(threads);
  check_finite(x, "X", resolved);
  std::vector<std::uint32_t> indices(n * k);
  {
    std::vector<float> distances(n * k);
    nearest_neighbors(y, k, Metric::kEuclidean, resolved, monitor, indices.data(), distances.data());
  }
  const PairTiles pairs(x, identity(n));
  std::vector<std::vector<NeighborRanks>> ranks_of_worker(resolved);
  std::vector<std::size_t> penalties(n, 0);
  for_each_tile(pairs, n, resolved, monitor,
                [&](std::size_t begin, std::size_t end, std::size_t col, std::size_t col_end,
                    const double* tile, std::size_t worker) {
                  std::vector<NeighborRanks>& ranks = ranks_of_worker[worker];
                  if (col == 0) {
                    ranks.clear();
                    for (std::size_t i = begin; i < end; i++)
                      ranks.emplace_back(pairs, i, indices.data() + i * k, k);
                  }
                  for (std::size_t i = begin; i < end; i++) {
                    ranks[i - begin].count(col, col_end, tile + (i - begin) * kTileCols);
                    if (col_end == n) penalties[i] = ranks[i - begin].penalty();
                  }
                });
  double penalty = 0;
  for (const std::size_t value : penalties) penalty += static_cast<double>(value);
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
