// The rows that are not yet in the tree are kept in blocks of 32, each with its distance to the tree; a step
// takes the nearest out (the last row fills its place) and measures all others against it.
#include "agglomerative/spanning_tree.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "agglomerative/prepared_points.hpp"
#include "parallel.hpp"

namespace god {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Edge {
  double distance;
  std::uint32_t a, b;
};

// Single linkage's merges from the edges of the minimum spanning tree: shortest first, ties to the lowest
// rows.
void merge_edges(std::vector<Edge>& edges, std::size_t n, MergeList& merges) {
  for (Edge& edge : edges) {
    if (edge.a > edge.b) std::swap(edge.a, edge.b);
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& x, const Edge& y) {
    return std::tie(x.distance, x.a, x.b) < std::tie(y.distance, y.a, y.b);
  });
  std::vector<std::uint32_t> parent(n);
  std::vector<std::uint32_t> node(n);
  std::iota(parent.begin(), parent.end(), 0U);
  std::iota(node.begin(), node.end(), 0U);
  const auto find = [&parent](std::uint32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  for (const Edge& edge : edges) {
    const std::uint32_t a = find(edge.a);
    const std::uint32_t b = find(edge.b);
    const auto [low, high] = std::minmax(a, b);
    parent[high] = low;
    node[low] = merges.add(node[low], node[high], edge.distance);
  }
}

// Blocks that are one unit of parallel work.
constexpr std::size_t kChunkBlocks = 64;

class Prim {
 public:
  Prim(ConstMatrix32 x, PointMetric metric, std::size_t threads, Monitor& monitor)
      : metric_(metric),
        left_(x.rows),
        threads_(threads),
        monitor_(monitor),
        points_(x, metric),
        d_(points_.cols),
        row_(x.rows),
        nearest_(blocks_of(x.rows) * kDistanceColumns, kInfinity),
        chunk_nearest_(blocks_of(x.rows) / kChunkBlocks + 1) {
    std::iota(row_.begin(), row_.end(), 0U);
    for (std::size_t place = left_; place < nearest_.size(); place++) remove(place);
  }

  std::vector<Edge> run() {
    std::vector<Edge> edges;
    const std::size_t n = left_;
    edges.reserve(n - 1);
    std::uint32_t last = 0;
    take_out(0);
    while (left_ > 0) {
      monitor_.check();
      const std::size_t place = measure(last);
      const std::uint32_t next = row_[place];
      // Any row of the tree may stand for the one that `next` is near to: the last one makes the tree a path,
      // whose clusters at every height are the same (Rohlf 1973).
      edges.push_back({metric_distance(metric_, nearest_[place]), last, next});
      last = next;
      take_out(place);
      if (edges.size() % 64 == 0) {
        monitor_.progress(static_cast<double>(edges.size()) / static_cast<double>(n));
      }
    }
    return edges;
  }

 private:
  static std::size_t blocks_of(std::size_t rows) { return (rows + kDistanceColumns - 1) / kDistanceColumns; }

  // Lowers the distances of the rows that are left by those to row `from`, and returns the place of the
  // nearest.
  std::size_t measure(std::uint32_t from) {
    const MatrixSimdOf<double>& simd = matrix_simd_of<double>();
    const double* query = points_.rows.data() + from * d_;
    const std::size_t blocks = blocks_of(left_);
    const std::size_t chunks = (blocks + kChunkBlocks - 1) / kChunkBlocks;
    parallel_for(chunks > 1 ? threads_ : 1, chunks, [&](std::size_t chunk, std::size_t) {
      const std::size_t begin = chunk * kChunkBlocks;
      const std::size_t count = std::min(kChunkBlocks, blocks - begin);
      double* nearest = nearest_.data() + begin * kDistanceColumns;
      chunk_nearest_[chunk] =
          begin * kDistanceColumns + simd.relax(gather_of(metric_), d_, query,
                                                points_.columns.data() + begin * kDistanceColumns * d_, count,
                                                nearest);
    });
    std::size_t best = chunk_nearest_[0];
    for (std::size_t chunk = 1; chunk < chunks; chunk++) {
      if (nearest_[chunk_nearest_[chunk]] < nearest_[best]) best = chunk_nearest_[chunk];
    }
    return best;
  }

  // The last row takes the place; the place left over never comes near.
  void take_out(std::size_t place) {
    left_--;
    double* to = column(place);
    const double* from = column(left_);
    for (std::size_t k = 0; k < d_; k++) to[k * kDistanceColumns] = from[k * kDistanceColumns];
    row_[place] = row_[left_];
    nearest_[place] = nearest_[left_];
    remove(left_);
  }

  void remove(std::size_t place) {
    std::size_t k = 0;
    for (double* to = column(place); k < d_; k++) to[k * kDistanceColumns] = kInfinity;
    nearest_[place] = kInfinity;
  }

  double* column(std::size_t place) {
    return points_.columns.data() + place / kDistanceColumns * kDistanceColumns * d_ +
           place % kDistanceColumns;
  }

  PointMetric metric_;
  std::size_t left_;
  std::size_t threads_;
  Monitor& monitor_;
  PreparedPoints<double> points_;
  std::size_t d_;
  std::vector<std::uint32_t> row_;  // row of the data at each place
  std::vector<double> nearest_;     // gathered differences from each place to the tree
  std::vector<std::size_t> chunk_nearest_;
};

}  // namespace

void single_linkage(ConstMatrix32 x, PointMetric metric, std::size_t threads, Monitor& monitor,
                    MergeList& merges) {
  std::vector<Edge> edges;
  if (x.cols > 0) {
    edges = Prim(x, metric, threads, monitor).run();
  } else {
    for (std::uint32_t i = 0; i + 1 < x.rows; i++) edges.push_back({0.0, i, i + 1});
  }
  merge_edges(edges, x.rows, merges);
}

}  // namespace god
