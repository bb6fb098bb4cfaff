// Prim's algorithm over blocks of points: each step removes the nearest of the rows that are left and
// measures the others' distances from it. That takes n^2 d / 2 differences in float32 if every block is
// within reach of every row, and far fewer if the points lie in clusters.
//
// Boruvka's algorithm, whose rounds find the nearest row in another component, could use matrix products. A
// row's distances to all others would take half the time, but it needs at least two passes over all pairs
// instead of half a pass.
#include "agglomerative/spanning_tree.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "agglomerative/measured_points.hpp"
#include "agglomerative/point_blocks.hpp"
#include "agglomerative/prepared_points.hpp"
#include "agglomerative/tree_rounds.hpp"

namespace god {
namespace {

// Up to this many columns, the rounds over a k-d tree (tree_rounds.hpp) are faster.
constexpr std::size_t kTreeColumns = 6;

// Clusters as sets of rows. A set is named by its lowest row.
class Clusters {
 public:
  explicit Clusters(MergeList& merges) : merges_(merges), parent_(merges.rows()), node_(merges.rows()) {
    std::iota(parent_.begin(), parent_.end(), 0U);
    std::iota(node_.begin(), node_.end(), 0U);
  }

  // Joins the clusters that edges of one length connect; the parts of each new cluster are merged in the
  // order of their lowest rows. All minimum spanning trees have the same clusters at every height; with this
  // order, they have the same merges, too.
  void join(const TreeEdge* begin, const TreeEdge* end) {
    parts_.clear();
    for (const TreeEdge* edge = begin; edge != end; edge++) {
      parts_.push_back({0, find(edge->a)});
      parts_.push_back({0, find(edge->b)});
    }
    for (const TreeEdge* edge = begin; edge != end; edge++) {
      const auto [low, high] = std::minmax({find(edge->a), find(edge->b)});
      parent_[high] = low;
    }
    for (auto& [whole, part] : parts_) whole = find(part);
    std::sort(parts_.begin(), parts_.end());
    parts_.erase(std::unique(parts_.begin(), parts_.end()), parts_.end());
    for (const auto& [whole, part] : parts_) {
      if (part != whole) node_[whole] = merges_.add(node_[whole], node_[part], begin->distance);
    }
  }

 private:
  std::uint32_t find(std::uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

  MergeList& merges_;
  std::vector<std::uint32_t> parent_;
  std::vector<std::uint32_t> node_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> parts_;  // whole, part
};

void merge_edges(std::vector<TreeEdge>& edges, MergeList& merges) {
  std::sort(edges.begin(), edges.end(),
            [](const TreeEdge& x, const TreeEdge& y) { return x.distance < y.distance; });
  Clusters clusters(merges);
  for (std::size_t begin = 0, end; begin < edges.size(); begin = end) {
    end = begin + 1;
    while (end < edges.size() && edges[end].distance == edges[begin].distance) end++;
    clusters.join(edges.data() + begin, edges.data() + end);
  }
}

std::vector<TreeEdge> grow_tree(ConstMatrix32 x, PointMetric metric, Run run) {
  const MeasuredPoints points(x, metric, run.threads);
  PointBlocks blocks(points, run);
  std::vector<TreeEdge> edges;
  edges.reserve(x.rows - 1);
  std::uint32_t last = blocks.take_first();
  while (blocks.left() > 0) {
    run.monitor.check();
    blocks.approach(last);
    const auto [row, gathered] = blocks.take_nearest();
    // Instead of the nearest row of the tree, the edge starts at the last row that was added. The tree
    // becomes a path with the same clusters at every height (Rohlf 1973).
    edges.push_back({metric_distance(metric, gathered), last, row});
    last = row;
    if (edges.size() % 64 == 0) {
      run.monitor.progress(static_cast<double>(edges.size()) / static_cast<double>(x.rows));
    }
  }
  return edges;
}

}  // namespace

void single_linkage(ConstMatrix32 x, PointMetric metric, Run run, MergeList& merges) {
  std::vector<TreeEdge> edges;
  if (x.cols > kTreeColumns) {
    edges = grow_tree(x, metric, run);
  } else if (x.cols > 0) {
    edges = tree_by_rounds(x, metric, run);
  } else {
    for (std::uint32_t i = 0; i + 1 < x.rows; i++) edges.push_back({0.0, i, i + 1});
  }
  merge_edges(edges, merges);
}

}  // namespace god
