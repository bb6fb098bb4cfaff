// Each round finds, for each component, its nearest row outside. Every row of the component searches the
// tree, only up to the smallest distance that the component has found so far, and skips nodes that lie wholly
// in its own component. A row that found nothing within a distance never will, because components only grow;
// this saves most searches of later rounds.
//
// The shortest edge out of a component belongs to a minimum spanning tree. The edges of a round are added in
// ascending order, except those whose ends are connected by then: edges of equal length could otherwise close
// a cycle.
#include "agglomerative/tree_rounds.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>

#include "agglomerative/points_simd.hpp"
#include "agglomerative/prepared_points.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint32_t kMixed = 0xFFFFFFFF;
constexpr std::size_t kLeafRows = 8;
constexpr std::size_t kMostLevels = 32;
constexpr std::size_t kBlockRows = 512;
// Bounds of nodes are rounded; this factor makes them safe lower bounds.
constexpr double kSlack = 1 - 1e-13;

void lower(std::atomic<double>& value, double to) {
  double now = value.load(std::memory_order_relaxed);
  while (to < now && !value.compare_exchange_weak(now, to, std::memory_order_relaxed)) {
  }
}

// Nodes are numbered as in a binary heap, and all leaves are on one level. A row's place is its position in
// the order of leaves.
class TreeRounds {
 public:
  TreeRounds(ConstMatrix32 x, PointMetric metric, Run run)
      : n_(x.rows),
        d_(prepared_columns(x, metric)),
        gather_(gather_of(metric)),
        metric_(metric),
        run_(run),
        row_(n_),
        component_(n_),
        nearest_(n_, kMixed),
        reach_(n_, 0.0),
        best_(n_),
        chosen_(n_) {
    std::iota(row_.begin(), row_.end(), 0U);
    std::iota(component_.begin(), component_.end(), 0U);
    build(x);
  }

  std::vector<TreeEdge> run() {
    std::vector<TreeEdge> edges;
    edges.reserve(n_ - 1);
    while (edges.size() + 1 < n_) {
      run_.monitor.check();
      label_nodes();
      offer_known();
      parallel_rows(run_.threads, n_, kBlockRows,
                    [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                      run_.monitor.check();
                      for (std::size_t i = begin; i < end; i++) ask(i);
                    });
      join(edges);
      run_.monitor.progress(static_cast<double>(edges.size()) / static_cast<double>(n_));
    }
    return edges;
  }

 private:
  struct Visit {
    std::size_t node, begin, end;
    double bound;
  };

  const double* at(std::size_t place) const { return points_.data() + place * d_; }
  double* low(std::size_t node) { return boxes_.data() + 2 * node * d_; }
  double* high(std::size_t node) { return boxes_.data() + (2 * node + 1) * d_; }

  void build(ConstMatrix32 x) {
    std::vector<double> rows(n_ * d_);
    for (std::size_t i = 0; i < n_; i++) prepare_row(x, metric_, i, d_, rows.data() + i * d_);
    while (((n_ + (std::size_t{1} << levels_) - 1) >> levels_) > kLeafRows) levels_++;
    boxes_.resize(((std::size_t{4} << levels_) - 2) * d_);
    label_.resize((std::size_t{2} << levels_) - 1);
    for (std::size_t level = 0; level <= levels_; level++) {
      parallel_for(run_.threads, std::size_t{1} << level, [&](std::size_t index, std::size_t) {
        run_.monitor.check();
        split(rows, level, index);
      });
    }
    points_.resize(n_ * d_);
    for (std::size_t i = 0; i < n_; i++) std::copy_n(rows.data() + row_[i] * d_, d_, points_.data() + i * d_);
  }

  // The places of the rows of the index-th node of a level.
  std::pair<std::size_t, std::size_t> segment_of(std::size_t level, std::size_t index) const {
    std::size_t begin = 0, end = n_;
    for (std::size_t bit = level; bit-- > 0;) {
      const std::size_t middle = (begin + end) / 2;
      (index >> bit & 1 ? begin : end) = middle;
    }
    return {begin, end};
  }

  // Finds the box of a node and halves its rows along the widest side.
  void split(const std::vector<double>& rows, std::size_t level, std::size_t index) {
    const auto [begin, end] = segment_of(level, index);
    const std::size_t node = (std::size_t{1} << level) - 1 + index;
    std::fill_n(low(node), d_, kInfinity);
    std::fill_n(high(node), d_, -kInfinity);
    for (std::size_t i = begin; i < end; i++) {
      for (std::size_t k = 0; k < d_; k++) {
        low(node)[k] = std::min(low(node)[k], rows[row_[i] * d_ + k]);
        high(node)[k] = std::max(high(node)[k], rows[row_[i] * d_ + k]);
      }
    }
    if (level == levels_) return;
    std::size_t widest = 0;
    for (std::size_t k = 1; k < d_; k++) {
      if (high(node)[k] - low(node)[k] > high(node)[widest] - low(node)[widest]) widest = k;
    }
    const auto first = row_.begin();
    std::nth_element(
        first + static_cast<std::ptrdiff_t>(begin), first + static_cast<std::ptrdiff_t>((begin + end) / 2),
        first + static_cast<std::ptrdiff_t>(end),
        [&](std::uint32_t a, std::uint32_t b) { return rows[a * d_ + widest] < rows[b * d_ + widest]; });
  }

  // Finds the component to which all rows of a node belong, if there is one.
  void label_nodes() {
    const std::size_t leaves = std::size_t{1} << levels_;
    for (std::size_t leaf = 0; leaf < leaves; leaf++) {
      const auto [begin, end] = segment_of(levels_, leaf);
      std::uint32_t& label = label_[leaves - 1 + leaf];
      label = component_[begin];
      for (std::size_t i = begin; i < end; i++) label = component_[i] == label ? label : kMixed;
    }
    for (std::size_t node = leaves - 1; node-- > 0;) {
      label_[node] = label_[2 * node + 1] == label_[2 * node + 2] ? label_[2 * node + 1] : kMixed;
    }
  }

  // Starts a round from the neighbors that earlier rounds found, as far as they are still outside.
  void offer_known() {
    for (std::size_t i = 0; i < n_; i++) best_[i].store(kInfinity, std::memory_order_relaxed);
    for (std::size_t i = 0; i < n_; i++) {
      if (nearest_[i] == kMixed) continue;
      if (component_[nearest_[i]] == component_[i]) {
        nearest_[i] = kMixed;
      } else {
        lower(best_[component_[i]], reach_[i]);
      }
    }
  }

  double bound_of(std::size_t node, const double* query) {
    double sum = 0;
    for (std::size_t k = 0; k < d_; k++) {
      const double outside = std::max(std::max(low(node)[k] - query[k], query[k] - high(node)[k]), 0.0);
      if (gather_ == Gather::kLargest) {
        sum = std::max(sum, outside);
      } else {
        sum += gather_ == Gather::kSquares ? outside * outside : outside;
      }
    }
    return sum * kSlack;
  }

  void ask(std::size_t place) {
    std::atomic<double>& best = best_[component_[place]];
    if (nearest_[place] != kMixed || reach_[place] >= best.load(std::memory_order_relaxed)) return;
    const PointsSimd& simd = points_simd();
    const double* query = at(place);
    const std::uint32_t own = component_[place];
    double reach = best.load(std::memory_order_relaxed);
    Visit stack[kMostLevels + 2];
    std::size_t depth = 0;
    stack[depth++] = {0, 0, n_, 0.0};
    while (depth > 0) {
      const Visit visit = stack[--depth];
      if (visit.bound >= reach || label_[visit.node] == own) continue;
      if (visit.node + 1 >= std::size_t{1} << levels_) {
        for (std::size_t i = visit.begin; i < visit.end; i++) {
          if (component_[i] == own) continue;
          const double gathered = simd.gathered64(gather_, d_, query, at(i));
          if (!(gathered < reach)) continue;
          reach = gathered;
          nearest_[place] = static_cast<std::uint32_t>(i);
        }
        continue;
      }
      const std::size_t middle = (visit.begin + visit.end) / 2;
      const std::size_t child = 2 * visit.node + 1;
      const Visit left{child, visit.begin, middle, bound_of(child, query)};
      const Visit right{child + 1, middle, visit.end, bound_of(child + 1, query)};
      const bool left_first = left.bound < right.bound;
      stack[depth++] = left_first ? right : left;
      stack[depth++] = left_first ? left : right;
    }
    reach_[place] = reach;
    lower(best, reach);
  }

  // Joins every component with its nearest row outside.
  void join(std::vector<TreeEdge>& edges) {
    std::fill(chosen_.begin(), chosen_.end(), kMixed);
    for (std::size_t i = 0; i < n_; i++) {
      std::uint32_t& chosen = chosen_[component_[i]];
      if (nearest_[i] != kMixed && (chosen == kMixed || reach_[i] < reach_[chosen])) {
        chosen = static_cast<std::uint32_t>(i);
      }
    }
    std::vector<std::uint32_t> order;
    for (const std::uint32_t place : chosen_) {
      if (place != kMixed) order.push_back(place);
    }
    std::sort(order.begin(), order.end(), [this](std::uint32_t i, std::uint32_t j) {
      return reach_[i] < reach_[j] || (reach_[i] == reach_[j] && i < j);
    });
    std::vector<std::uint32_t> parent(n_);
    std::iota(parent.begin(), parent.end(), 0U);
    const auto find = [&parent](std::uint32_t i) {
      while (parent[i] != i) i = parent[i] = parent[parent[i]];
      return i;
    };
    for (const std::uint32_t place : order) {
      const std::uint32_t a = find(component_[place]);
      const std::uint32_t b = find(component_[nearest_[place]]);
      if (a == b) continue;
      parent[std::max(a, b)] = std::min(a, b);
      edges.push_back({metric_distance(metric_, reach_[place]), row_[place], row_[nearest_[place]]});
    }
    for (std::uint32_t& component : component_) component = find(component);
  }

  std::size_t n_;
  std::size_t d_;
  Gather gather_;
  PointMetric metric_;
  Run run_;
  std::size_t levels_ = 0;
  std::vector<double> boxes_;         // for each node, d lowest and d highest coordinates
  std::vector<std::uint32_t> label_;  // for each node, the component of all its rows, or kMixed
  // Indexed by place.
  std::vector<double> points_;
  std::vector<std::uint32_t> row_;
  std::vector<std::uint32_t> component_;  // one of its places names it
  std::vector<std::uint32_t> nearest_;    // place of the nearest row outside, or kMixed if not known
  std::vector<double> reach_;             // distance of that row; if not known, a lower bound of it
  // Indexed by component.
  std::vector<std::atomic<double>> best_;
  std::vector<std::uint32_t> chosen_;
};

}  // namespace

std::vector<TreeEdge> tree_by_rounds(ConstMatrix32 x, PointMetric metric, Run run) {
  return TreeRounds(x, metric, run).run();
}

}  // namespace god
