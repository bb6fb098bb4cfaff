// Depth first, the nearer child first. ward_nodes.hpp describes the tree.
#include "agglomerative/ward/ward_tree.hpp"

#include <stdexcept>

#include "agglomerative/ward/ward_nodes.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kMostLevels = 32;
// Bounds of nodes are rounded; an error of a few ulps must not hide a tie.
constexpr double kSlack = 1 + 1e-14;

template <std::size_t D>
class WardTreeSearch : public WardSearch {
 public:
  WardTreeSearch(WardClusters& clusters, Run run) : c_(clusters), run_(run), tree_(clusters, run) {}

  void rebuild() override { tree_.rebuild(); }
  void merged(std::size_t into, std::size_t from) override { tree_.merged(into, from); }

  void search(const std::vector<std::uint32_t>& queries) override {
    tree_.refit();
    // In the order of the tree, so that a query finds in the cache what the one before it read.
    order_.clear();
    if (queries.size() * 8 > c_.slots) {
      chosen_.assign(c_.slots, 0);
      for (const std::uint32_t slot : queries) chosen_[slot] = 1;
      for (const Point& point : tree_.points()) {
        if (point.slot != Tree::kDeadPoint && chosen_[point.slot]) order_.push_back(point.slot);
      }
    } else {
      order_ = queries;
    }
    constexpr std::size_t kBlock = 512;
    parallel_rows(run_.threads, order_.size(), kBlock,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                    run_.monitor.check();
                    for (std::size_t i = begin; i < end; i++) find(order_[i]);
                  });
  }

 private:
  using Tree = WardNodes<D>;
  using Point = typename Tree::Point;
  struct Visit {
    std::uint32_t node;
    std::uint32_t begin, end;
    double bound;
  };

  void find(std::uint32_t slot) {
    const std::vector<Point>& points = tree_.points();
    const Point query = tree_.point_of(slot);
    std::uint32_t nearest = c_.neighbor[slot];
    double distance = delta(query, tree_.point_of(nearest));
    Visit stack[kMostLevels + 1];
    std::size_t depth = 0;
    stack[depth++] = {0, 0, static_cast<std::uint32_t>(points.size()), 0.0};
    const std::size_t first_leaf = tree_.first_leaf();
    while (depth > 0) {
      const Visit visit = stack[--depth];
      if (!(visit.bound <= distance * kSlack)) continue;
      if (visit.node >= first_leaf) {
        for (std::size_t i = visit.begin; i < visit.end; i++) {
          const Point& point = points[i];
          if (point.slot == slot || point.slot == Tree::kDeadPoint) continue;
          const double d = delta(query, point);
          if (d < distance || (d == distance && point.slot < nearest)) {
            distance = d;
            nearest = point.slot;
          }
        }
        continue;
      }
      const std::uint32_t middle = static_cast<std::uint32_t>((std::size_t{visit.begin} + visit.end) / 2);
      const Visit left{2 * visit.node + 1, visit.begin, middle, tree_.bound_of(2 * visit.node + 1, query)};
      const Visit right{2 * visit.node + 2, middle, visit.end, tree_.bound_of(2 * visit.node + 2, query)};
      const bool left_first = left.bound < right.bound;
      const Visit& far = left_first ? right : left;
      const Visit& near = left_first ? left : right;
      if (far.bound <= distance * kSlack) stack[depth++] = far;
      if (near.bound <= distance * kSlack) stack[depth++] = near;
    }
    c_.neighbor[slot] = nearest;
    c_.bound[slot] = distance;
    c_.state[slot] = ClusterState::kKnown;
  }

  static double delta(const Point& a, const Point& b) {
    double squares = 0;
    for (std::size_t k = 0; k < D; k++) {
      const double difference = a.x[k] - b.x[k];
      squares += difference * difference;
    }
    return squares * (a.size * b.size / (a.size + b.size));
  }

  WardClusters& c_;
  Run run_;
  Tree tree_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> chosen_;
};

template <std::size_t D>
std::unique_ptr<WardSearch> make_for(WardClusters& clusters, Run run) {
  if (clusters.dims == D) return std::make_unique<WardTreeSearch<D>>(clusters, run);
  if constexpr (D > 1) return make_for<D - 1>(clusters, run);
  throw std::invalid_argument("the k-d tree takes 1 to 16 columns");
}

}  // namespace

std::unique_ptr<WardSearch> make_ward_tree_search(WardClusters& clusters, Run run) {
  return make_for<kMostTreeColumns>(clusters, run);
}

}  // namespace god
