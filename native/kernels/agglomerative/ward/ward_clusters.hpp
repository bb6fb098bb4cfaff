// The clusters of Ward's method, described by centroid and size, while they are being merged.
//
// The distance of clusters a and b is the growth of the within-cluster sum of squares that merging them
// causes (Ward, "Hierarchical grouping to optimize an objective function", JASA 1963):
//   delta(a, b) = |ca - cb|^2 * na * nb / (na + nb),
// and scipy's height is sqrt(2 delta). It is reducible (Bruynooghe 1978): delta(a u b, c) >= min(delta(a, c),
// delta(b, c)) when a, b are reciprocal nearest neighbors.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "agglomerative/merges.hpp"
#include "base/matrix.hpp"

namespace god {

enum class ClusterState : std::uint8_t {
  kDead,   // merged into another
  kStale,  // alive; `bound` is a lower bound of the nearest neighbor's distance, `neighbor` only a guess
  kKnown,  // alive; `neighbor` is the nearest neighbor and `bound` its distance
};

// A structure of arrays over slots. A merged cluster keeps the lower slot, and packing keeps the order of
// slots. Slots are therefore in the order of the clusters' lowest rows, and "ties to the lower slot" means
// "ties to the lowest row".
struct WardClusters {
  WardClusters(ConstMatrix32 x, std::size_t threads);

  std::size_t dims;
  std::size_t slots;  // including dead ones
  std::size_t live;
  double unit;                   // one unit of stored coordinates in the input's units: a power of two
  std::vector<double> centroid;  // slots x dims, shifted and scaled to |coordinate| <= 1
  std::vector<double> size;
  std::vector<std::uint32_t> node;      // number of the cluster in the MergeList
  std::vector<std::uint32_t> neighbor;  // a slot; never the cluster itself; for live slots always a live one
  std::vector<double> bound;
  std::vector<ClusterState> state;

  const double* row(std::size_t slot) const { return centroid.data() + slot * dims; }
  bool alive(std::size_t slot) const { return state[slot] != ClusterState::kDead; }
  // delta(a, b), with the same bits for (b, a).
  double distance(std::size_t a, std::size_t b) const;
  // Merges equal rows at height 0, each into the lowest of its equals.
  void merge_duplicates(MergeList& merges);
  // Merges `from` into `into`, which becomes stale with the distance of the two as its bound.
  void merge(std::size_t into, std::size_t from, double delta, MergeList& merges);
  // Removes dead slots and keeps the order of live ones.
  void pack();

 private:
  void shift_and_scale(ConstMatrix32 x, std::size_t threads);
};

}  // namespace god
