#include "neighbors/mutual_proximity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/simd_dispatch.hpp"
#include "neighbors/group_tiles.hpp"
#include "neighbors/neighbors_simd.hpp"

namespace god {

GOD_DECLARE_SIMD_TABLE(NeighborSimd, neighbor_simd)

namespace {

// This many pairs are examined before a row's threshold is lowered.
constexpr std::size_t kCandidates = 32;
constexpr float kFar = std::numeric_limits<float>::infinity();

double share_below(double z) {
  return 0.5 * std::erfc(-z * 0.70710678118654752440);
}

// A pair whose larger z is at least the returned value cannot have 1 - MP < `nearer`, because 1 - MP >=
// Phi(larger z). `z` is the larger z of a pair with 1 - MP = `nearer`. Since Phi(z) <= nearer <= 2 Phi(z), a
// dozen bisections upwards from z find where Phi reaches `nearer`.
double threshold_of(double nearer, double z) {
  double low = z, high = z > 0 ? 2 * z + 1 : z + 1;
  if (nearer >= 1 || share_below(high) < nearer) return std::numeric_limits<double>::infinity();
  for (int step = 0; step < 12; step++) {
    const double middle = 0.5 * (low + high);
    (share_below(middle) < nearer ? low : high) = middle;
  }
  return high;
}

// The best k points of one group for one query.
class Best {
 public:
  explicit Best(std::size_t k) : k_(k) {}

  void clear() {
    found_.clear();
    threshold_ = kFar;
  }
  float threshold() const { return threshold_; }

  // `mine` and `theirs` are the z of the distance from both ends. Of equal pairs, the one offered first stays
  // in front.
  void offer(std::size_t point, float distance, double mine, double theirs) {
    const double a = share_below(mine), b = share_below(theirs);
    const Pair pair{a + b - a * b, std::max(mine, theirs), (1 - a) * (1 - b), point, distance};
    if (found_.size() == k_ && !(pair.nearer < found_.back().nearer)) return;
    if (found_.size() == k_) found_.pop_back();
    const auto after = [](const Pair& x, const Pair& y) {
      return x.nearer < y.nearer || (x.nearer == y.nearer && x.point < y.point);
    };
    found_.insert(std::upper_bound(found_.begin(), found_.end(), pair, after), pair);
  }

  // Call this after offers. The threshold is slightly higher than necessary, because the filter's z are
  // rounded.
  void lower_threshold() {
    if (found_.size() < k_) return;
    const double bound = threshold_of(found_.back().nearer, found_.back().z);
    threshold_ = static_cast<float>(bound + 1e-5 * (1 + std::abs(bound)));
  }

  void write(const SortedRows& points, double unit, std::int32_t* indices, double* proximities,
             float* distances) const {
    for (std::size_t e = 0; e < k_; e++) {
      const bool some = e < found_.size();
      indices[e] = some ? static_cast<std::int32_t>(points.original[found_[e].point]) : -1;
      proximities[e] = some ? found_[e].proximity : 0;
      distances[e] = some ? static_cast<float>(found_[e].distance * unit) : 0;
    }
  }

 private:
  struct Pair {
    double nearer;  // 1 - MP, computed without cancellation
    double z;       // the larger of its two z
    double proximity;
    std::size_t point;
    float distance;
  };
  std::size_t k_;
  std::vector<Pair> found_;
  float threshold_ = kFar;
};

// Moments of the points' distances: for each group at the other end, one value per point, in the points'
// sorted order.
struct PointMoments {
  std::size_t rows;
  std::vector<double> means, scales;
  // For the filter, which may let through too many pairs but not too few.
  std::vector<float> filter_means, filter_scales;

  PointMoments(const SortedRows& points, DistanceMoments of, std::size_t count, double unit, double largest)
      : rows(points.original.size()),
        means(count * rows),
        scales(count * rows),
        filter_means(count * rows + 16),
        filter_scales(count * rows + 16) {
    for (std::size_t at = 0; at < rows; at++) {
      for (std::size_t g = 0; g < count; g++) {
        const std::size_t from = points.original[at] * count + g, to = g * rows + at;
        means[to] = of.means[from] / unit;
        scales[to] = of.deviations[from] > 0 ? unit / of.deviations[from] : 0;
        filter_means[to] = static_cast<float>(means[to] * (1 + 1e-6) + 1e-6 * largest);
        filter_scales[to] = static_cast<float>(scales[to]);
      }
    }
  }
};

// One call of mutual_neighbors.
class Search {
 public:
  Search(GroupedRows queries, DistanceMoments of_queries, GroupedRows points, DistanceMoments of_points,
         std::size_t count, std::size_t k, std::size_t threads)
      : queries_(queries),
        of_queries_(of_queries),
        count_(count),
        k_(k),
        among_(queries.rows.data == points.rows.data),
        sorted_(points, count),
        frame_(points.rows, queries.rows, Metric::kEuclidean, threads),
        points_(sorted_, frame_, threads),
        rows_(queries.rows, frame_, threads),
        largest_distance_(largest_distance()),
        moments_(sorted_, of_points, count, frame_.unit, largest_distance_) {}

  std::unique_ptr<GroupTiles> tiles() const {
    // The error bound of neighbors.cpp: (8 d + 128) 2^-24 times the squared norms.
    const double slack = 0x1p-24 * (8 * static_cast<double>(frame_.cols) + 128);
    return std::make_unique<GroupTiles>(rows_, points_, sorted_, among_, slack);
  }

  void run(GroupTiles& tiles, std::size_t begin, std::size_t end, const Monitor& monitor,
           MutualNeighbors out) {
    std::vector<Best> best((end - begin) * count_, Best(k_));
    tiles.each(
        begin, end, monitor,
        [&](std::size_t i, std::size_t g, std::size_t first, float* distances, std::size_t width,
            std::size_t own) { scan(i, g, first, distances, width, own, best[(i - begin) * count_ + g]); });
    for (std::size_t at = 0; at < best.size(); at++) {
      const std::size_t place = (begin * count_ + at) * k_;
      best[at].write(sorted_, frame_.unit, out.indices + place, out.proximities + place,
                     out.distances + place);
    }
  }

 private:
  double largest_distance() const {
    double most = 0;
    for (const double norm : points_.points.exact_norms) most = std::max(most, norm);
    for (const double norm : rows_.exact_norms) most = std::max(most, norm);
    return 2 * std::sqrt(most);
  }

  void scan(std::size_t i, std::size_t g, std::size_t first, float* values, std::size_t width,
            std::size_t own, Best& best) const {
    const std::size_t side = static_cast<std::size_t>(queries_.groups[i]) * moments_.rows + first;
    const double mean = of_queries_.means[i * count_ + g] / frame_.unit;
    const double deviation = of_queries_.deviations[i * count_ + g] / frame_.unit;
    const double scale = deviation > 0 ? 1 / deviation : 0;
    const double low = mean * (1 + 1e-6) + 1e-6 * largest_distance_;
    mutual_proximity_simd().normalize(values, static_cast<float>(low), static_cast<float>(scale),
                                      &moments_.filter_means[side], &moments_.filter_scales[side],
                                      padded(width));
    if (own < width) values[own] = kFar;
    std::fill(values + width, values + padded(width), kFar);
    static constexpr float kNoNorms[kTilePoints] = {};
    float z[kCandidates + 32];
    std::uint32_t ids[kCandidates + 32];
    float squared[kCandidates + 32];
    for (std::size_t j = 0; j < padded(width);) {
      CandidateList list{z, ids, 0, kCandidates};
      j = neighbor_simd().filter(values, kNoNorms, j, padded(width), best.threshold(),
                                 static_cast<std::uint32_t>(first), &list);
      neighbor_simd().squared_distances(rows_.exact_row(i), points_.points.exact, points_.points.exact_stride,
                                        points_.points.exact_cols, ids, list.count, squared);
      for (std::size_t e = 0; e < list.count; e++) {
        const float distance = std::sqrt(squared[e]);
        const std::size_t there = side + ids[e] - first;
        best.offer(ids[e], distance, (distance - mean) * scale,
                   (distance - moments_.means[there]) * moments_.scales[there]);
      }
      if (list.count > 0) best.lower_threshold();
    }
  }

  GroupedRows queries_;
  DistanceMoments of_queries_;
  std::size_t count_;
  std::size_t k_;
  bool among_;
  SortedRows sorted_;
  SearchFrame frame_;
  GroupCentered points_;
  SearchPoints rows_;
  double largest_distance_;
  PointMoments moments_;
};

void search_all(GroupedRows queries, DistanceMoments of_queries, GroupedRows points,
                DistanceMoments of_points, std::size_t count, std::size_t k, Run run, MutualNeighbors out) {
  Search search(queries, of_queries, points, of_points, count, k, run.threads);
  std::vector<std::unique_ptr<GroupTiles>> tiles(std::max<std::size_t>(1, run.threads));
  for_blocks(queries.rows.rows, run, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    if (!tiles[worker]) tiles[worker] = search.tiles();
    search.run(*tiles[worker], begin, end, run.monitor, out);
  });
}

// search_all for some rows of the queries.
void search_set(GroupedRows queries, DistanceMoments of_queries, GroupedRows points,
                DistanceMoments of_points, std::size_t count, const std::vector<std::uint32_t>& rows,
                std::size_t k, Run run, MutualNeighbors out) {
  const std::size_t width = count * k, cols = queries.rows.cols;
  const auto data = chosen_rows(queries.rows.data, cols, rows);
  const auto groups = chosen_rows(queries.groups, 1, rows);
  const auto means = chosen_rows(of_queries.means, count, rows);
  const auto deviations = chosen_rows(of_queries.deviations, count, rows);
  std::vector<std::int32_t> indices(rows.size() * width);
  std::vector<double> proximities(indices.size());
  std::vector<float> distances(indices.size());
  search_all({{data.data(), rows.size(), cols}, groups.data()}, {means.data(), deviations.data()}, points,
             of_points, count, k, run, {indices.data(), proximities.data(), distances.data()});
  put_rows(indices, width, rows, out.indices);
  put_rows(proximities, width, rows, out.proximities);
  put_rows(distances, width, rows, out.distances);
}

}  // namespace

void mutual_neighbors(GroupedRows queries, DistanceMoments of_queries, GroupedRows points,
                      DistanceMoments of_points, std::size_t count, std::size_t k, Run run,
                      MutualNeighbors out) {
  if (queries.rows.cols != points.rows.cols)
    throw std::invalid_argument("queries and points must have the same number of columns");
  for (std::size_t i = 0; i < queries.rows.rows; i++) {
    if (queries.groups[i] < 0 || static_cast<std::size_t>(queries.groups[i]) >= count)
      throw std::invalid_argument("the group of a query must be in [0, count)");
  }
  if (k == 0 || queries.rows.rows == 0) return;
  check_finite(points.rows, "X", run.threads);
  check_finite(queries.rows, "queries", run.threads);
  const auto sets = queries_by_unit(points.rows, queries.rows, run.threads);
  for (const auto& rows : sets) search_set(queries, of_queries, points, of_points, count, rows, k, run, out);
  if (sets.empty()) search_all(queries, of_queries, points, of_points, count, k, run, out);
}

}  // namespace god
