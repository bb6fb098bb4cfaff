// A balanced k-d tree (Bentley, CACM 1975) over the centroids. A node also stores the size m of its smallest
// cluster: if z is the distance from the query's centroid to the node's box and nq the query's size, then no
// cluster in the node is nearer than z^2 nq m / (nq + m).
//
// The tree is rebuilt whenever the clusters are packed. In between, a merged cluster keeps its place in the
// tree, and the boxes above it are fitted to its new centroid. A round with few merges thus costs little.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "agglomerative/ward/ward_clusters.hpp"
#include "base/parallel.hpp"
#include "base/run.hpp"

namespace god {

// Nodes are numbered as in a binary heap: the children of node i are 2i + 1 and 2i + 2, and all leaves are on
// one level. A node has the first or the second half of its parent's points.
template <std::size_t D>
class WardNodes {
 public:
  static constexpr std::uint32_t kDeadPoint = 0xFFFFFFFF;
  struct Point {
    double x[D];
    double size;
    std::uint32_t slot;
  };
  struct Node {
    double low[D], high[D];
    double smallest;
  };

  WardNodes(const WardClusters& clusters, Run run)
      : c_(clusters), run_(run), points_(clusters.slots), place_(clusters.slots) {}

  const std::vector<Point>& points() const { return points_; }
  const Point& point_of(std::size_t slot) const { return points_[place_[slot]]; }
  std::size_t first_leaf() const { return (std::size_t{1} << levels_) - 1; }

  // Builds the tree from all slots.
  void rebuild() {
    points_.resize(c_.slots);
    for (std::size_t slot = 0; slot < c_.slots; slot++) set_point(points_[slot], slot);
    moved_.clear();
    levels_ = 0;
    while (((c_.slots + (std::size_t{1} << levels_) - 1) >> levels_) > kLeafPoints) levels_++;
    nodes_.resize((std::size_t{2} << levels_) - 1);
    // Level by level from the root while segments are large, then one task per subtree.
    std::size_t level = 0;
    for (; level < levels_ && (c_.slots >> level) > kSubtreePoints; level++) {
      run_.monitor.check();
      parallel_for(run_.threads, std::size_t{1} << level,
                   [&](std::size_t index, std::size_t) { split(segment_of(level, index)); });
    }
    parallel_for(run_.threads, std::size_t{1} << level,
                 [&](std::size_t index, std::size_t) { build_below(level, index); });
    for (std::size_t node = (std::size_t{1} << level) - 1; node-- > 0;) join_children(node);
  }

  // Slot `from` was merged into slot `into`. Call refit() before the next search.
  void merged(std::size_t into, std::size_t from) {
    points_[place_[from]].slot = kDeadPoint;
    set_point(points_[place_[into]], into);
    moved_.push_back(place_[from]);
    moved_.push_back(place_[into]);
  }

  // Fits boxes to the points that have moved: those above the points if they are few, otherwise all boxes.
  void refit() {
    if (moved_.size() * levels_ < points_.size() / 4) {
      for (const std::uint32_t place : moved_) refit_path(place);
    } else {
      const std::size_t level = std::min(levels_, kFitLevel);
      parallel_for(run_.threads, std::size_t{1} << level,
                   [&](std::size_t index, std::size_t) { fit_below(level, index); });
      for (std::size_t node = (std::size_t{1} << level) - 1; node-- > 0;) join_children(node);
    }
    moved_.clear();
  }

  // A lower bound of the query's distance to the clusters of a node. Infinite or NaN if none are left; such a
  // node is not visited.
  double bound_of(std::size_t number, const Point& query) const {
    const Node& node = nodes_[number];
    double squares = 0;
    for (std::size_t k = 0; k < D; k++) {
      const double outside = std::max(std::max(node.low[k] - query.x[k], query.x[k] - node.high[k]), 0.0);
      squares += outside * outside;
    }
    return squares * (query.size * node.smallest / (query.size + node.smallest));
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static constexpr std::size_t kLeafPoints = 8;
  static constexpr std::size_t kSubtreePoints = 1 << 13;
  // The nodes of this level are the units of parallel work when all boxes are fitted.
  static constexpr std::size_t kFitLevel = 6;

  struct Segment {
    std::size_t begin, end;
  };

  void set_point(Point& point, std::size_t slot) const {
    const double* row = c_.row(slot);
    for (std::size_t k = 0; k < D; k++) point.x[k] = row[k];
    point.size = c_.size[slot];
    point.slot = static_cast<std::uint32_t>(slot);
  }

  // The points of the index-th node of a level, halved as the search does.
  Segment segment_of(std::size_t level, std::size_t index) const {
    Segment segment{0, points_.size()};
    for (std::size_t bit = level; bit-- > 0;) {
      const std::size_t middle = (segment.begin + segment.end) / 2;
      (index >> bit & 1 ? segment.begin : segment.end) = middle;
    }
    return segment;
  }

  void split(Segment segment) {
    double low[D], high[D];
    std::fill(low, low + D, kInfinity);
    std::fill(high, high + D, -kInfinity);
    for (std::size_t i = segment.begin; i < segment.end; i++) {
      for (std::size_t k = 0; k < D; k++) {
        low[k] = std::min(low[k], points_[i].x[k]);
        high[k] = std::max(high[k], points_[i].x[k]);
      }
    }
    std::size_t widest = 0;
    for (std::size_t k = 1; k < D; k++) {
      if (high[k] - low[k] > high[widest] - low[widest]) widest = k;
    }
    Point* points = points_.data();
    std::nth_element(points + segment.begin, points + (segment.begin + segment.end) / 2, points + segment.end,
                     [widest](const Point& a, const Point& b) { return a.x[widest] < b.x[widest]; });
  }

  void build_below(std::size_t top, std::size_t index) {
    run_.monitor.check();
    for (std::size_t level = top; level < levels_; level++) {
      const std::size_t width = std::size_t{1} << (level - top);
      for (std::size_t i = 0; i < width; i++) split(segment_of(level, index * width + i));
    }
    for (std::size_t p = segment_of(top, index).begin; p < segment_of(top, index).end; p++) {
      place_[points_[p].slot] = static_cast<std::uint32_t>(p);
    }
    fit_below(top, index);
  }

  // Fits the boxes and smallest sizes of a node and of all nodes below it.
  void fit_below(std::size_t top, std::size_t index) {
    for (std::size_t level = levels_ + 1; level-- > top;) {
      const std::size_t width = std::size_t{1} << (level - top);
      for (std::size_t i = 0; i < width; i++) {
        const std::size_t node = (std::size_t{1} << level) - 1 + index * width + i;
        if (level < levels_) {
          join_children(node);
          continue;
        }
        fit_leaf(node, segment_of(level, index * width + i));
      }
    }
  }

  void fit_leaf(std::size_t number, Segment segment) {
    Node& node = nodes_[number];
    std::fill(node.low, node.low + D, kInfinity);
    std::fill(node.high, node.high + D, -kInfinity);
    node.smallest = kInfinity;
    for (std::size_t i = segment.begin; i < segment.end; i++) {
      const Point& point = points_[i];
      if (point.slot == kDeadPoint) continue;
      for (std::size_t k = 0; k < D; k++) {
        node.low[k] = std::min(node.low[k], point.x[k]);
        node.high[k] = std::max(node.high[k], point.x[k]);
      }
      node.smallest = std::min(node.smallest, point.size);
    }
  }

  void join_children(std::size_t number) {
    const Node& a = nodes_[2 * number + 1];
    const Node& b = nodes_[2 * number + 2];
    Node& node = nodes_[number];
    for (std::size_t k = 0; k < D; k++) {
      node.low[k] = std::min(a.low[k], b.low[k]);
      node.high[k] = std::max(a.high[k], b.high[k]);
    }
    node.smallest = std::min(a.smallest, b.smallest);
  }

  void refit_path(std::size_t place) {
    Segment segment{0, points_.size()};
    std::size_t node = 0;
    for (std::size_t level = 0; level < levels_; level++) {
      const std::size_t middle = (segment.begin + segment.end) / 2;
      const bool right = place >= middle;
      (right ? segment.begin : segment.end) = middle;
      node = 2 * node + (right ? 2 : 1);
    }
    fit_leaf(node, segment);
    while (node > 0) {
      node = (node - 1) / 2;
      join_children(node);
    }
  }

  const WardClusters& c_;
  Run run_;
  std::vector<Point> points_;
  std::vector<std::uint32_t> place_;
  std::vector<Node> nodes_;
  std::size_t levels_ = 0;
  std::vector<std::uint32_t> moved_;  // places of points that changed since the boxes were fitted
};

}  // namespace god
