// Each round finds the nearest neighbor of some clusters and merges all pairs that are each other's nearest
// neighbor. Because delta is reducible, such a pair stays reciprocal whatever else is merged. All of them can
// therefore be merged at once, and the tree is the same as if the closest pair were merged each time
// (Bruynooghe 1978; Murtagh, "A survey of recent advances in hierarchical clustering algorithms", Computer
// Journal 1983).
//
// A cluster's nearest neighbor stays known until that neighbor or the cluster itself is merged. From then on
// the old distance is a lower bound of the new one, again by reducibility. Clusters with a large bound wait:
// their neighborhoods will change again before it is their turn.
//
// Ties go to the lower slot. This orders pairs strictly, by delta, lower slot and higher slot, so the
// smallest pair is always reciprocal and every round can make progress.
#include "agglomerative/ward/ward_rounds.hpp"

#include <algorithm>
#include <limits>

namespace god {
namespace {

// A round searches for neighbors of about this fraction of the clusters, those with the smallest bounds.
constexpr double kSearchedShare = 0.5;
// Slots are packed once fewer than this fraction of them are alive.
constexpr double kPackShare = 0.75;
// A round searches for neighbors of at least this many stale clusters, if there are as many.
constexpr std::size_t kFewestQueries = 2;

class Rounds {
 public:
  Rounds(WardClusters& clusters, WardSearch& search, Monitor& monitor, MergeList& merges)
      : c_(clusters), search_(search), monitor_(monitor), merges_(merges) {}

  void run() {
    search_.rebuild();
    while (c_.live > 1) {
      monitor_.check();
      const std::vector<std::uint32_t> queries = choose_queries();
      search_.search(queries);
      const std::size_t merged = merge_reciprocal();
      adapt(queries.size(), merged);
      monitor_.progress(static_cast<double>(merges_.size()) / static_cast<double>(merges_.rows() - 1));
      if (static_cast<double>(c_.live) < kPackShare * static_cast<double>(c_.slots)) {
        c_.pack();
        search_.rebuild();
      }
    }
  }

 private:
  std::vector<std::uint32_t> choose_queries() {
    std::vector<std::uint32_t> stale;
    const double limit = stuck_ ? std::numeric_limits<double>::infinity() : bound_quantile();
    for (std::size_t i = 0; i < c_.slots; i++) {
      if (c_.state[i] == ClusterState::kStale && c_.bound[i] <= limit)
        stale.push_back(static_cast<std::uint32_t>(i));
    }
    if (stale.empty() && stuck_) return all_live();
    if (stale.size() > most_queries_) {
      const auto middle = stale.begin() + static_cast<std::ptrdiff_t>(most_queries_);
      std::nth_element(stale.begin(), middle, stale.end(), [this](std::uint32_t i, std::uint32_t j) {
        return c_.bound[i] < c_.bound[j] || (c_.bound[i] == c_.bound[j] && i < j);
      });
      stale.erase(middle, stale.end());
      std::sort(stale.begin(), stale.end());
    }
    return stale;
  }

  // Rounding can make a distance an ulp smaller than a remembered one, and so close a cycle of nearest
  // neighbors. A new search for all of them breaks it.
  std::vector<std::uint32_t> all_live() const {
    std::vector<std::uint32_t> all;
    for (std::size_t i = 0; i < c_.slots; i++) {
      if (c_.alive(i)) all.push_back(static_cast<std::uint32_t>(i));
    }
    return all;
  }

  // The kSearchedShare quantile of the live clusters' bounds, from an even sample.
  double bound_quantile() const {
    constexpr std::size_t kSample = 2048;
    const std::size_t step = c_.slots / kSample + 1;
    std::vector<double> sample;
    for (std::size_t i = 0; i < c_.slots; i += step) {
      if (c_.alive(i)) sample.push_back(c_.bound[i]);
    }
    if (sample.empty()) return std::numeric_limits<double>::infinity();
    const auto at = static_cast<std::size_t>(kSearchedShare * static_cast<double>(sample.size()));
    std::nth_element(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(at), sample.end());
    return sample[at];
  }

  std::size_t merge_reciprocal() {
    const std::size_t before = merges_.size();
    // For each slot that took part in a merge, the slot of the merged cluster.
    became_.assign(c_.slots, kUntouched);
    for (std::size_t i = 0; i < c_.slots; i++) {
      if (c_.state[i] != ClusterState::kKnown) continue;
      const std::uint32_t j = c_.neighbor[i];
      if (j < i || c_.state[j] != ClusterState::kKnown || c_.neighbor[j] != i) continue;
      c_.merge(i, j, c_.bound[i], merges_);
      search_.merged(i, j);
      became_[i] = became_[j] = static_cast<std::uint32_t>(i);
    }
    const std::size_t merged = merges_.size() - before;
    if (merged > 0) follow_neighbors();
    return merged;
  }

  void follow_neighbors() {
    for (std::size_t i = c_.slots, after = first_live(); i-- > 0;) {
      if (!c_.alive(i)) continue;
      const std::uint32_t now = became_[c_.neighbor[i]];
      if (now != kUntouched) {
        c_.state[i] = ClusterState::kStale;
        c_.neighbor[i] = now == i ? static_cast<std::uint32_t>(after) : now;
      }
      after = i;
    }
  }

  std::size_t first_live() const {
    std::size_t i = 0;
    while (!c_.alive(i)) i++;
    return i;
  }

  // If many distances are equal, most searches end at the same cluster and are in vain once it is merged.
  // Then only clusters with the smallest bounds are searched for, so that the work per merge stays bounded.
  void adapt(std::size_t queries, std::size_t merged) {
    stuck_ = merged == 0;
    if (stuck_ || merged * 4 >= queries) {
      most_queries_ = most_queries_ > c_.live ? most_queries_ : most_queries_ * 4;
    } else if (merged * 32 < queries) {
      most_queries_ = std::max(kFewestQueries, queries / 8);
    }
  }

  static constexpr std::uint32_t kUntouched = 0xFFFFFFFF;
  WardClusters& c_;
  WardSearch& search_;
  Monitor& monitor_;
  MergeList& merges_;
  std::vector<std::uint32_t> became_;
  std::size_t most_queries_ = std::numeric_limits<std::size_t>::max();
  bool stuck_ = false;
};

}  // namespace

void run_ward_rounds(WardClusters& clusters, WardSearch& search, Monitor& monitor, MergeList& merges) {
  Rounds(clusters, search, monitor, merges).run();
}

}  // namespace god
