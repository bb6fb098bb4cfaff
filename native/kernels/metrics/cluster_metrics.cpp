#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "base/parallel.hpp"
#include "metrics/metrics.hpp"
#include "metrics/pair_tiles.hpp"

namespace god {
namespace {

// Rows sorted by label, and where each cluster begins in them.
class Grouping {
 public:
  std::vector<std::uint32_t> order;
  std::vector<std::size_t> begin;

  Grouping(const std::int32_t* labels, std::size_t n, std::size_t clusters)
      : order(n), begin(clusters + 1, 0), labels_(labels) {
    for (std::size_t i = 0; i < n; i++) {
      if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= clusters) {
        throw std::invalid_argument("labels must be in [0, clusters)");
      }
      begin[static_cast<std::size_t>(labels[i]) + 1]++;
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < n; i++)
      order[next[static_cast<std::size_t>(labels[i])]++] = static_cast<std::uint32_t>(i);
  }

  std::size_t label_at(std::size_t place) const { return static_cast<std::size_t>(labels_[order[place]]); }
  std::size_t size(std::size_t cluster) const { return begin[cluster + 1] - begin[cluster]; }

 private:
  const std::int32_t* labels_;
};

// Rows scaled to length 1, whose cosine distance is half their squared distance. An extra column is 1 for
// rows of zeros and 0 for all others: rows of zeros are then at distance 0 from each other and 1 from all
// other rows.
std::vector<double> directions(ConstMatrix32 x, const std::vector<std::uint32_t>& order) {
  std::vector<double> lengths(x.rows);
  for (std::size_t i = 0; i < x.rows; i++) {
    const float* row = x.row(order[i]);
    lengths[i] =
        std::sqrt(std::inner_product(row, row + x.cols, row, 0.0, std::plus<>(), [](float a, float b) {
          return static_cast<double>(a) * static_cast<double>(b);
        }));
  }
  const bool zeros = std::find(lengths.begin(), lengths.end(), 0.0) != lengths.end();
  const std::size_t cols = x.cols + (zeros ? 1 : 0);
  std::vector<double> rows(x.rows * cols, 0.0);
  for (std::size_t i = 0; i < x.rows; i++) {
    double* row = rows.data() + i * cols;
    if (lengths[i] == 0) {
      row[x.cols] = 1;
    } else {
      for (std::size_t k = 0; k < x.cols; k++) row[k] = x.row(order[i])[k] / lengths[i];
    }
  }
  return rows;
}

// Adds a tile's row of distances, those to places [col, col_end) of the grouping, to the sums of their
// clusters. `first` is the cluster of place col.
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

// Calls f(place, sums) for each place of the grouping with the sums of its row's distances to the clusters in
// columns_of(begin, end), where [begin, end) is the block of its place.
template <class Columns, class F>
void distance_sums(ConstMatrix32 x, const Grouping& groups, Metric metric, Run run, Columns&& columns_of,
                   F&& f) {
  const bool cosine = metric == Metric::kCosine;
  const PairTiles pairs(cosine ? directions(x, groups.order) : in_doubles(x, groups.order), x.rows);
  // Below this fraction of |x|^2 + |y|^2, the square root would magnify the error that cancellation has left.
  const double small = 1e-6;
  const std::size_t clusters = groups.begin.size() - 1;
  std::vector<std::vector<double>> sums_of_worker(run.threads);
  for_each_tile(pairs, x.rows, run, columns_of,
                [&](std::size_t begin, std::size_t end, std::size_t col, std::size_t col_end, double* tile,
                    std::size_t worker) {
                  std::vector<double>& sums = sums_of_worker[worker];
                  const Span columns = columns_of(begin, end);
                  if (col == columns.begin) sums.assign(kTileRows * clusters, 0.0);
                  for (std::size_t i = begin; i < end; i++) {
                    double* line = tile + (i - begin) * kTileCols;
                    for (std::size_t j = col; j < col_end; j++) {
                      double& square = line[j - col];
                      if (square <= small * (pairs.squares(i) + pairs.squares(j))) square = pairs.exact(i, j);
                    }
                    for (std::size_t j = col; j < col_end; j++)
                      line[j - col] = cosine ? line[j - col] / 2 : std::sqrt(line[j - col]);
                    add_by_cluster(groups, groups.label_at(col), col, col_end, line,
                                   sums.data() + (i - begin) * clusters);
                  }
                  if (col_end < columns.end) return;
                  for (std::size_t i = begin; i < end; i++) f(i, sums.data() + (i - begin) * clusters);
                });
}

}  // namespace

void silhouette(ConstMatrix32 x, const std::int32_t* labels, std::size_t clusters, Metric metric, Run run,
                double* values) {
  const std::size_t n = x.rows;
  check_finite(x, "X", run.threads);
  const Grouping groups(labels, n, clusters);
  distance_sums(
      x, groups, metric, run,
      [n](std::size_t, std::size_t) {
        return Span{0, n};
      },
      [&](std::size_t place, const double* sums) {
        values[groups.order[place]] = silhouette_of(groups, groups.label_at(place), sums);
      });
}

void medoids(ConstMatrix32 x, const std::int32_t* labels, std::size_t clusters, Metric metric, Run run,
             std::int32_t* rows) {
  check_finite(x, "X", run.threads);
  const Grouping groups(labels, x.rows, clusters);
  std::vector<double> sums_of_place(x.rows);
  distance_sums(
      x, groups, metric, run,
      [&](std::size_t begin, std::size_t end) {
        return Span{groups.begin[groups.label_at(begin)], groups.begin[groups.label_at(end - 1) + 1]};
      },
      [&](std::size_t place, const double* sums) { sums_of_place[place] = sums[groups.label_at(place)]; });
  const double rounding = 1 + 1e-12;
  for (std::size_t c = 0; c < clusters; c++) {
    const double* begin = sums_of_place.data() + groups.begin[c];
    const double* end = sums_of_place.data() + groups.begin[c + 1];
    if (begin == end) {
      rows[c] = -1;
      continue;
    }
    const double most = *std::min_element(begin, end) * rounding;
    const double* first = std::find_if(begin, end, [most](double sum) { return sum <= most; });
    rows[c] = static_cast<std::int32_t>(groups.order[static_cast<std::size_t>(first - sums_of_place.data())]);
  }
}

}  // namespace god
