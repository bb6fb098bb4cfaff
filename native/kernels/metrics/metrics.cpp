#include "metrics/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "metrics/metrics_simd.hpp"
#include "metrics/pair_tiles.hpp"
#include "metrics/rough_tiles.hpp"
#include "neighbors/neighbors.hpp"

namespace god {
namespace {

// The neighbors of one row in Y, sorted by their exact squared distance in X, and how many rows are nearer in
// X.
class NeighborRanks {
 public:
  NeighborRanks(const RoughTiles& tiles, std::size_t i, const std::uint32_t* neighbors, std::size_t k)
      : i_(i), neighbors_(k), squares_(k), before_(k, 0) {
    std::vector<std::pair<double, std::uint32_t>> sorted(k);
    for (std::size_t r = 0; r < k; r++) sorted[r] = {tiles.exact(i, neighbors[r]), neighbors[r]};
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t r = 0; r < k; r++) std::tie(squares_[r], neighbors_[r]) = sorted[r];
  }

  std::size_t row() const { return i_; }
  const std::vector<double>& squares() const { return squares_; }
  std::uint32_t* before() { return before_.data(); }

  void compare(std::size_t r, std::size_t j, double square) {
    before_[r] += square < squares_[r] || (square == squares_[r] && j < neighbors_[r]);
  }

  // The sum over the neighbors of max(0, rank - k).
  std::size_t penalty() const {
    const std::size_t k = before_.size();
    std::size_t sum = 0;
    for (const std::size_t before : before_) sum += before + 1 > k ? before + 1 - k : 0;
    return sum;
  }

 private:
  std::size_t i_;
  std::vector<std::uint32_t> neighbors_;
  std::vector<double> squares_;
  std::vector<std::uint32_t> before_;  // rows nearer than each neighbor, or as near with a lower number
};

// One row's line of a tile, and the bounds between which its neighbors are in it.
class RankedLine {
 public:
  explicit RankedLine(std::size_t k) : low_(k), high_(k), exact_(kTileCols) {}

  // `products` are those of the row with the columns [col, col_end).
  void count(const RoughTiles& tiles, NeighborRanks& ranks, std::size_t col, std::size_t col_end,
             float* products) {
    tiles_ = &tiles;
    ranks_ = &ranks;
    col_ = col;
    any_close_ = false;
    const std::size_t i = ranks.row(), k = low_.size();
    if (i >= col && i < col_end) products[i - col] = kFar;  // a row is not ranked among its own neighbors
    const double own = tiles.norm(i), error = tiles.margin(own + tiles.largest_norm(col));
    for (std::size_t r = 0; r < k; r++) {
      const double bound = ranks.squares()[r] / tiles.scale() - own;
      low_[r] = std::nextafter(static_cast<float>(bound - error), -kFar);
      high_[r] = std::nextafter(static_cast<float>(bound + error), kFar);
    }
    metrics_simd().rank(
        products, tiles.norms(col), (col_end - col + 15) / 16 * 16,
        {low_.data(), high_.data(), k, ranks.before(),
         [](void* self, std::size_t r, std::size_t j) { static_cast<RankedLine*>(self)->close(r, j); },
         this});
  }

 private:
  static constexpr float kFar = std::numeric_limits<float>::infinity();

  void close(std::size_t r, std::size_t j) {
    if (!any_close_) std::fill(exact_.begin(), exact_.end(), -1.0);
    any_close_ = true;
    if (exact_[j] < 0) exact_[j] = tiles_->exact(ranks_->row(), col_ + j);
    ranks_->compare(r, col_ + j, exact_[j]);
  }

  const RoughTiles* tiles_ = nullptr;
  NeighborRanks* ranks_ = nullptr;
  std::size_t col_ = 0;
  std::vector<float> low_, high_;
  std::vector<double> exact_;  // squared distances, -1 if not computed yet
  bool any_close_ = false;
};

struct BlockRanks {
  std::vector<NeighborRanks> rows;
  std::optional<RankedLine> line;
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
  const RoughTiles tiles(x, run.threads);
  std::vector<BlockRanks> ranks_of_worker(run.threads);
  std::vector<std::size_t> penalties(n, 0);
  for_each_tile(
      tiles, n, run,
      [n](std::size_t, std::size_t) {
        return Span{0, n};
      },
      [&](std::size_t begin, std::size_t end, std::size_t col, std::size_t col_end, float* tile,
          std::size_t worker) {
        auto& [rows, line] = ranks_of_worker[worker];
        if (col == 0) {
          rows.clear();
          for (std::size_t i = begin; i < end; i++) rows.emplace_back(tiles, i, &indices[i * k], k);
          if (!line) line.emplace(k);
        }
        for (std::size_t i = begin; i < end; i++) {
          NeighborRanks& ranks = rows[i - begin];
          line->count(tiles, ranks, col, col_end, tile + (i - begin) * kTileCols);
          if (col_end == n) penalties[i] = ranks.penalty();
        }
      });
  double penalty = 0;
  for (const std::size_t value : penalties) penalty += static_cast<double>(value);
  const auto count = static_cast<double>(n);
  const auto neighbors = static_cast<double>(k);
  return 1 - penalty * 2 / (count * neighbors * (2 * count - 3 * neighbors - 1));
}

}  // namespace god
