#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "metrics/metrics.hpp"
#include "metrics/metrics_simd.hpp"
#include "metrics/pair_tiles.hpp"

namespace god {
namespace {

// Several labelings of the same rows: labels[way * n + row] < clusters.
struct Labelings {
  const std::int32_t* labels;
  std::size_t n, ways, clusters;

  std::size_t label(std::size_t way, std::size_t row) const {
    return static_cast<std::size_t>(labels[way * n + row]);
  }
};

// Rows sorted by their labels, and where each cell begins. A cell is the rows that have the same label in
// every labeling.
class Grouping {
 public:
  std::vector<std::uint32_t> order;
  std::vector<std::size_t> begin;

  explicit Grouping(const Labelings& labelings)
      : order(labelings.n), labelings_(labelings), cell_of_(order.size()) {
    const std::size_t values = labelings.ways * labelings.n;
    for (std::size_t i = 0; i < values; i++) {
      if (labelings.labels[i] < 0 || static_cast<std::size_t>(labelings.labels[i]) >= labelings.clusters)
        throw std::invalid_argument("labels must be in [0, clusters)");
    }
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t way = labelings.ways; way-- > 0;) sort_by(way);
    for (std::size_t place = 0; place < order.size(); place++) {
      if (place == 0 || !same_labels(order[place - 1], order[place])) begin.push_back(place);
      cell_of_[place] = begin.size() - 1;
    }
    begin.push_back(order.size());
  }

  std::size_t cells() const { return begin.size() - 1; }
  std::size_t cell_at(std::size_t place) const { return cell_of_[place]; }
  // The label of the rows in a cell.
  std::size_t label(std::size_t way, std::size_t cell) const {
    return labelings_.label(way, order[begin[cell]]);
  }

 private:
  // A stable sort: keeps the order of rows with the same label.
  void sort_by(std::size_t way) {
    std::vector<std::size_t> next(labelings_.clusters + 1, 0);
    for (std::size_t i = 0; i < order.size(); i++) next[labelings_.label(way, i) + 1]++;
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<std::uint32_t> sorted(order.size());
    for (const std::uint32_t row : order) sorted[next[labelings_.label(way, row)]++] = row;
    order = std::move(sorted);
  }

  bool same_labels(std::uint32_t a, std::uint32_t b) const {
    for (std::size_t way = 0; way < labelings_.ways; way++) {
      if (labelings_.label(way, a) != labelings_.label(way, b)) return false;
    }
    return true;
  }

  Labelings labelings_;
  std::vector<std::size_t> cell_of_;
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

// The clusters of one labeling as unions of cells.
class Clusters {
 public:
  Clusters(const Grouping& groups, std::size_t way, std::size_t clusters)
      : label_(groups.cells()), size_(clusters, 0) {
    for (std::size_t cell = 0; cell < label_.size(); cell++) {
      label_[cell] = groups.label(way, cell);
      size_[label_[cell]] += groups.begin[cell + 1] - groups.begin[cell];
    }
  }

  // The silhouette of a row in the cell `own`. `cell_sums` has the sums of its distances to each cell; `sums`
  // is scratch.
  double silhouette(std::size_t own, const double* cell_sums, std::vector<double>& sums) const {
    sums.assign(size_.size(), 0.0);
    for (std::size_t cell = 0; cell < label_.size(); cell++) sums[label_[cell]] += cell_sums[cell];
    const std::size_t label = label_[own];
    if (size_[label] <= 1) return 0;
    const double within = sums[label] / static_cast<double>(size_[label] - 1);
    double between = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < size_.size(); c++) {
      if (c != label && size_[c] > 0) between = std::min(between, sums[c] / static_cast<double>(size_[c]));
    }
    const double larger = std::max(within, between);
    return larger > 0 ? (between - within) / larger : 0;
  }

 private:
  std::vector<std::size_t> label_;  // one per cell
  std::vector<std::size_t> size_;
};

// Turns a tile's line of products, of row i with the places [col, col_end), into squared distances.
void to_squares(const CenteredRows& rows, std::size_t i, std::size_t col, std::size_t col_end, double* line) {
  // Below this fraction of |x|^2 + |y|^2, the square root would magnify the error that cancellation has left.
  const double small = 1e-6;
  const double own = rows.squares()[i];
  const double* squares = rows.squares() + col;
  if (!metrics_simd().add_squares(line, squares, own, small, col_end - col)) return;
  for (std::size_t j = col; j < col_end; j++) {
    double& square = line[j - col];
    if (square <= small * (own + squares[j - col])) square = rows.exact(i, j);
  }
}

// Calls f(place, sums, worker) for each place of the grouping, with the sums of its row's distances to the
// cells in columns_of(begin, end), where [begin, end) is the block of the place.
template <class Columns, class F>
void distance_sums(ConstMatrix32 x, const Grouping& groups, Metric metric, Run run, Columns&& columns_of,
                   F&& f) {
  const bool cosine = metric == Metric::kCosine;
  const CenteredRows rows(cosine ? directions(x, groups.order) : in_doubles(x, groups.order), x.rows);
  // Sums distances, given their squares.
  const auto sum_of = cosine ? metrics_simd().sum : metrics_simd().sum_of_roots;
  const double factor = cosine ? 0.5 : 1;
  const std::size_t cells = groups.cells();
  std::vector<std::vector<double>> sums_of_worker(run.threads);
  for_each_tile(ProductTiles(rows), x.rows, run, columns_of,
                [&](std::size_t begin, std::size_t end, std::size_t col, std::size_t col_end, double* tile,
                    std::size_t worker) {
                  std::vector<double>& block_sums = sums_of_worker[worker];
                  const Span columns = columns_of(begin, end);
                  if (col == columns.begin) block_sums.assign(kTileRows * cells, 0.0);
                  for (std::size_t i = begin; i < end; i++) {
                    double* line = tile + (i - begin) * kTileCols;
                    double* sums = block_sums.data() + (i - begin) * cells;
                    to_squares(rows, i, col, col_end, line);
                    for (std::size_t c = groups.cell_at(col), j = col, stop = 0; j < col_end; c++, j = stop) {
                      stop = std::min(col_end, groups.begin[c + 1]);
                      sums[c] += factor * sum_of(line + (j - col), stop - j);
                    }
                    if (col_end == columns.end) f(i, sums, worker);
                  }
                });
}

}  // namespace

void silhouette(ConstMatrix32 x, const std::int32_t* labels, std::size_t ways, std::size_t clusters,
                Metric metric, Run run, double* values) {
  const std::size_t n = x.rows;
  check_finite(x, "X", run.threads);
  const Grouping groups({labels, n, ways, clusters});
  std::vector<Clusters> clusterings;
  for (std::size_t way = 0; way < ways; way++) clusterings.emplace_back(groups, way, clusters);
  std::vector<std::vector<double>> scratch(run.threads);
  distance_sums(
      x, groups, metric, run,
      [n](std::size_t, std::size_t) {
        return Span{0, n};
      },
      [&](std::size_t place, const double* sums, std::size_t worker) {
        for (std::size_t way = 0; way < ways; way++)
          values[way * n + groups.order[place]] =
              clusterings[way].silhouette(groups.cell_at(place), sums, scratch[worker]);
      });
}

void medoids(ConstMatrix32 x, const std::int32_t* labels, std::size_t clusters, Metric metric, Run run,
             std::int32_t* rows) {
  check_finite(x, "X", run.threads);
  const Grouping groups({labels, x.rows, 1, clusters});
  std::vector<double> sums_of_place(x.rows);
  distance_sums(
      x, groups, metric, run,
      [&](std::size_t begin, std::size_t end) {
        return Span{groups.begin[groups.cell_at(begin)], groups.begin[groups.cell_at(end - 1) + 1]};
      },
      [&](std::size_t place, const double* sums, std::size_t) {
        sums_of_place[place] = sums[groups.cell_at(place)];
      });
  std::fill_n(rows, clusters, -1);
  const double rounding = 1 + 1e-12;
  for (std::size_t c = 0; c < groups.cells(); c++) {
    const double* begin = sums_of_place.data() + groups.begin[c];
    const double* end = sums_of_place.data() + groups.begin[c + 1];
    const double most = *std::min_element(begin, end) * rounding;
    const double* first = std::find_if(begin, end, [most](double sum) { return sum <= most; });
    rows[groups.label(0, c)] =
        static_cast<std::int32_t>(groups.order[static_cast<std::size_t>(first - sums_of_place.data())]);
  }
}

}  // namespace god
