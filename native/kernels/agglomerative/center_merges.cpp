// The generic algorithm of Muellner ("Modern hierarchical, agglomerative clustering algorithms", 2011,
// section 3.1) on a graph. Every cluster has a lower bound of the distance to its nearest neighbor. The top
// of a heap of these bounds is either the next pair to merge or a cluster whose nearest neighbor must be
// searched for again.
#include "agglomerative/center_merges.hpp"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>

namespace god {
namespace {

// Pairs are merged in the order of these keys: distance, then the lowest rows of the two clusters.
using Key = std::tuple<double, std::uint32_t, std::uint32_t>;

double squared_distance(const double* a, const double* b, std::size_t d) {
  double sums[4] = {0, 0, 0, 0};
  std::size_t k = 0;
  for (; k + 4 <= d; k += 4) {
    for (std::size_t lane = 0; lane < 4; lane++) {
      const double difference = a[k + lane] - b[k + lane];
      sums[lane] += difference * difference;
    }
  }
  for (; k < d; k++) sums[0] += (a[k] - b[k]) * (a[k] - b[k]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// The slot of a cluster is its lowest row.
class CenterClusters {
 public:
  CenterClusters(ConstMatrix32 x, const std::vector<Link>& links, Linkage linkage, MergeList& merges)
      : linkage_(linkage),
        d_(x.cols),
        merges_(merges),
        centers_(x.data, x.data + x.size()),
        size_(x.rows, 1.0),
        slot_of_(x.rows),
        node_(x.rows),
        neighbors_(x.rows),
        nearest_(x.rows),
        key_(x.rows),
        loose_(x.rows, 0),
        seen_(x.rows, 0) {
    std::iota(slot_of_.begin(), slot_of_.end(), 0U);
    std::iota(node_.begin(), node_.end(), 0U);
    for (const auto [a, b] : links) {
      neighbors_[a].push_back(b);
      neighbors_[b].push_back(a);
    }
  }

  void run(Monitor& monitor) {
    const std::size_t n = slot_of_.size();
    if (n < 2) return;
    for (std::uint32_t slot = 0; slot < n; slot++) {
      if (slot % 64 == 0) monitor.check();
      measure(slot, [](std::uint32_t, const Key&) {});
    }
    while (merges_.size() + 1 < n) {
      if (++steps_ % 64 == 0) {
        monitor.check();
        monitor.progress(static_cast<double>(merges_.size()) / static_cast<double>(n));
      }
      const auto [key, slot] = queue_.top();
      queue_.pop();
      if (slot_of_[slot] != slot || key != key_[slot]) continue;
      if (loose_[slot] != 0) {
        measure(slot, [](std::uint32_t, const Key&) {});
      } else {
        const auto [low, high] = std::minmax({slot, nearest_[slot]});
        merge(low, high, std::get<0>(key));
      }
    }
  }

 private:
  std::uint32_t find(std::uint32_t slot) {
    while (slot_of_[slot] != slot) slot = slot_of_[slot] = slot_of_[slot_of_[slot]];
    return slot;
  }

  double distance(std::uint32_t a, std::uint32_t b) const {
    const double squared = squared_distance(&centers_[a * d_], &centers_[b * d_], d_);
    return linkage_ == Linkage::kWard ? squared * (2 * size_[a] * size_[b] / (size_[a] + size_[b])) : squared;
  }

  // Finds the nearest neighbor of a cluster and calls visit(neighbor, key) for each of its neighbors. Also
  // replaces slots of merged clusters in its list and removes duplicates.
  template <class Visit>
  void measure(std::uint32_t slot, Visit&& visit) {
    std::vector<std::uint32_t>& list = neighbors_[slot];
    const std::size_t time = ++time_;
    seen_[slot] = time;
    std::size_t kept = 0;
    bool found = false;
    for (const std::uint32_t listed : list) {
      const std::uint32_t other = find(listed);
      if (seen_[other] == time) continue;
      seen_[other] = time;
      list[kept++] = other;
      const Key key{distance(slot, other), std::min(slot, other), std::max(slot, other)};
      if (!found || key < key_[slot]) {
        key_[slot] = key;
        nearest_[slot] = other;
        found = true;
      }
      visit(other, key);
    }
    list.resize(kept);
    loose_[slot] = 0;
    if (found) queue_.push({key_[slot], slot});
  }

  void merge(std::uint32_t a, std::uint32_t b, double height) {
    node_[a] = merges_.add(node_[a], node_[b], height);
    // In median linkage, the new center is halfway between the old ones, whatever the sizes.
    const double share = linkage_ == Linkage::kMedian ? 0.5 : size_[b] / (size_[a] + size_[b]);
    for (std::size_t k = 0; k < d_; k++) {
      centers_[a * d_ + k] += share * (centers_[b * d_ + k] - centers_[a * d_ + k]);
    }
    size_[a] += size_[b];
    slot_of_[b] = a;
    std::vector<std::uint32_t> taken;
    taken.swap(neighbors_[b]);
    if (taken.size() > neighbors_[a].size()) taken.swap(neighbors_[a]);
    neighbors_[a].insert(neighbors_[a].end(), taken.begin(), taken.end());
    measure(a, [&](std::uint32_t other, const Key& key) {
      if (key <= key_[other]) {
        // key_[other] bounds the distances of all its neighbors from below, so `a` is the nearest.
        key_[other] = key;
        nearest_[other] = a;
        loose_[other] = 0;
        queue_.push({key, other});
      } else if (nearest_[other] == a || nearest_[other] == b) {
        loose_[other] = 1;
      }
    });
  }

  Linkage linkage_;
  std::size_t d_;
  MergeList& merges_;
  std::vector<double> centers_;  // slots x d
  std::vector<double> size_;
  std::vector<std::uint32_t> slot_of_;
  std::vector<std::uint32_t> node_;
  std::vector<std::vector<std::uint32_t>> neighbors_;  // slots, some of them merged into others since
  std::vector<std::uint32_t> nearest_;
  std::vector<Key> key_;
  std::vector<unsigned char> loose_;  // whether the key is only a lower bound
  std::vector<std::size_t> seen_;
  std::size_t time_ = 0;
  std::size_t steps_ = 0;
  using Entry = std::pair<Key, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<Entry>> queue_;
};

}  // namespace

void merge_by_centers(ConstMatrix32 x, const std::vector<Link>& links, Linkage linkage, Monitor& monitor,
                      MergeList& merges) {
  CenterClusters(x, links, linkage, merges).run(monitor);
}

}  // namespace god
