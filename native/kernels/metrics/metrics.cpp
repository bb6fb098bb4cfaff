#include "metrics/metrics.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "metrics/pair_tiles.hpp"
#include "neighbors/neighbors.hpp"

namespace god {
namespace {

std::vector<std::uint32_t> identity(std::size_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

// The neighbors of one row in Y, sorted by their exact squared distance in X, and how many rows are nearer in
// X.
class NeighborRanks {
 public:
  NeighborRanks(const PairTiles& pairs, std::size_t i, const std::uint32_t* neighbors, std::size_t k)
      : pairs_(&pairs), i_(i), neighbors_(k), squares_(k), before_(k + 1, 0), also_before_(k, 0) {
    std::vector<std::pair<double, std::uint32_t>> sorted(k);
    for (std::size_t r = 0; r < k; r++) sorted[r] = {pairs.exact(i, neighbors[r]), neighbors[r]};
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t r = 0; r < k; r++) std::tie(squares_[r], neighbors_[r]) = sorted[r];
  }

  // Counts the rows [col, col_end), whose squared distances are in `line`.
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

  // The sum over the neighbors of max(0, rank - k).
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
  // The first neighbor farther than the squared distance, or k if there is none.
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
double trustworthiness(ConstMatrix32 x, ConstMatrix32 y, std::size_t k, Run run) {
  const std::size_t n = x.rows;
  if (y.rows != n) throw std::invalid_argument("trustworthiness needs as many rows in Y as in X");
  if (k == 0 || 2 * k >= n) throw std::invalid_argument("trustworthiness needs 0 < k < rows / 2");
  check_finite(x, "X", run.threads);
  std::vector<std::uint32_t> indices(n * k);
  {
    std::vector<float> distances(n * k);
    nearest_neighbors(y, k, Metric::kEuclidean, run, indices.data(), distances.data());
  }
  const PairTiles pairs(in_doubles(x, identity(n)), n);
  std::vector<std::vector<NeighborRanks>> ranks_of_worker(run.threads);
  std::vector<std::size_t> penalties(n, 0);
  for_each_tile(
      pairs, n, run,
      [n](std::size_t, std::size_t) {
        return Span{0, n};
      },
      [&](std::size_t begin, std::size_t end, std::size_t col, std::size_t col_end, const double* tile,
          std::size_t worker) {
        std::vector<NeighborRanks>& ranks = ranks_of_worker[worker];
        if (col == 0) {
          ranks.clear();
          for (std::size_t i = begin; i < end; i++) ranks.emplace_back(pairs, i, indices.data() + i * k, k);
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

}  // namespace god
