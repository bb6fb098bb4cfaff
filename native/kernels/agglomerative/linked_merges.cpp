#include "agglomerative/linked_merges.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <stdexcept>
#include <tuple>

#include "agglomerative/pair_distance.hpp"
#include "agglomerative/pair_map.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kBlock = 1024;

// The distance of a merged cluster, whose parts have a and b rows, to a neighbor of both parts.
double combine(Linkage linkage, double to_a, double to_b, double a, double b) {
  switch (linkage) {
    case Linkage::kSingle:
      return std::min(to_a, to_b);
    case Linkage::kComplete:
      return std::max(to_a, to_b);
    case Linkage::kAverage:
      return (a * to_a + b * to_b) / (a + b);
    case Linkage::kWeighted:
      return (to_a + to_b) / 2;
    default:
      throw std::invalid_argument("this linkage needs the distances of all rows");
  }
}

// The slot of a cluster is its lowest row. A merge moves the edges of the part in the higher slot, so its
// time depends on the neighbors of that part alone.
class LinkedClusters {
 public:
  LinkedClusters(std::size_t rows, const std::vector<Link>& links, const std::vector<double>& lengths,
                 Linkage linkage, MergeList& merges)
      : linkage_(linkage),
        merges_(merges),
        size_(rows, 1.0),
        node_(rows),
        edges_(links.size()),
        edges_of_(rows),
        edge_between_(links.size()) {
    std::iota(node_.begin(), node_.end(), 0U);
    for (std::size_t i = 0; i < links.size(); i++) edges_[i] = {links[i].a, links[i].b, lengths[i]};
  }

  void run(Monitor& monitor) {
    const std::size_t n = size_.size();
    for (std::uint32_t e = 0; e < edges_.size(); e++) {
      if (e % kBlock == 0) monitor.check();
      const auto [a, b, distance] = edges_[e];
      edges_of_[a].push_back(e);
      edges_of_[b].push_back(e);
      edge_between_.insert(a, b, e);
      offer(e);
    }
    while (merges_.size() + 1 < n) {
      if (++steps_ % 64 == 0) {
        monitor.check();
        monitor.progress(static_cast<double>(merges_.size()) / static_cast<double>(n));
      }
      const auto [distance, a, b, e] = queue_.top();
      queue_.pop();
      const Edge& edge = edges_[e];
      if (edge.a == a && edge.b == b && edge.distance == distance && !edge.gone()) merge(a, b, distance);
    }
  }

 private:
  struct Edge {
    std::uint32_t a, b;  // slots, a < b
    double distance;
    bool gone() const { return a == b; }
  };
  // Distance, a, b and edge: pairs are merged in this order. Entries that no longer agree with their edge are
  // skipped.
  using Entry = std::tuple<double, std::uint32_t, std::uint32_t, std::uint32_t>;

  void offer(std::uint32_t e) { queue_.push({edges_[e].distance, edges_[e].a, edges_[e].b, e}); }

  void merge(std::uint32_t a, std::uint32_t b, double height) {
    node_[a] = merges_.add(node_[a], node_[b], height);
    std::vector<std::uint32_t> moving;
    moving.swap(edges_of_[b]);
    for (const std::uint32_t e : moving) {
      Edge& edge = edges_[e];
      if (edge.gone()) continue;
      edge_between_.erase(edge.a, edge.b);
      const std::uint32_t other = edge.a == b ? edge.b : edge.a;
      const auto [low, high] = std::minmax({a, other});
      const std::uint32_t beside = other == a ? PairMap::kNone : edge_between_.find(low, high);
      if (other == a || beside != PairMap::kNone) {
        if (beside != PairMap::kNone) update(beside, edge.distance, size_[a], size_[b]);
        edge.a = edge.b;
      } else {
        edge.a = low;
        edge.b = high;
        edge_between_.insert(low, high, e);
        edges_of_[a].push_back(e);
        offer(e);
      }
    }
    size_[a] += size_[b];
  }

  void update(std::uint32_t e, double to_b, double a, double b) {
    const double before = edges_[e].distance;
    edges_[e].distance = combine(linkage_, before, to_b, a, b);
    if (edges_[e].distance != before) offer(e);
  }

  Linkage linkage_;
  MergeList& merges_;
  std::vector<double> size_;
  std::vector<std::uint32_t> node_;
  std::vector<Edge> edges_;
  std::vector<std::vector<std::uint32_t>> edges_of_;
  PairMap edge_between_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<Entry>> queue_;
  std::size_t steps_ = 0;
};

}  // namespace

std::vector<double> link_lengths(ConstMatrix32 x, const std::vector<Link>& links, PointMetric metric,
                                 Run run) {
  const PairDistance distance(x, metric);
  std::vector<double> lengths(links.size());
  parallel_rows(run.threads, links.size(), kBlock, [&](std::size_t begin, std::size_t end, auto, auto) {
    run.monitor.check();
    for (std::size_t i = begin; i < end; i++) lengths[i] = distance(links[i].a, links[i].b);
  });
  return lengths;
}

void merge_by_links(std::size_t rows, const std::vector<Link>& links, const std::vector<double>& lengths,
                    Linkage linkage, Monitor& monitor, MergeList& merges) {
  if (links.size() >= PairMap::kNone) throw std::invalid_argument("there must be fewer than 2^32 - 1 links");
  LinkedClusters(rows, links, lengths, linkage, merges).run(monitor);
}

}  // namespace god
