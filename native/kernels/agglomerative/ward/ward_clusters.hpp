// The clusters of Ward's method while they are merged, described by centroid and size.
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
  kStale,  // alive; `bound` is a lower limit of the distance to the nearest neighbor, `neighbor` only a
           // guess
  kKnown,  // alive; `neighbor` is the nearest neighbor and `bound` its distance
};

// Structure of arrays over slots. A merged cluster keeps the lower slot, and slots keep their order when they
// are packed: the order of slots is that of the clusters' lowest rows, so that "ties to the lower slot" means
// "to the lowest row".
struct WardClusters {
  WardClusters(ConstMatrix32 x, std::size_t threads);

  std::size_t dims;
  std::size_t slots;  // dead ones included
  std::size_t live;
  double unit;                   // what one unit of the stored coordinates is in the input's: a power of two
  std::vector<double> centroid;  // slots x dims, shifted and scaled to |coordinate| <= 1
  std::vector<double> size;
  std::vector<std::uint32_t> node;      // number of the cluster in the MergeList
  std::vector<std::uint32_t> neighbor;  // a slot; never the cluster itself; for live slots always a live one
  std::vector<double> bound;
  std::vector<ClusterState> state;

  const double* row(std::size_t slot) const { return centroid.data() + slot * dims; }
  bool alive(std::size_t slot) const { return state[slot] != ClusterState::kDead; }
  // delta(a, b); the same bits for (b, a).
  double distance(std::size_t a, std::size_t b) const;
  // Joins the equal ones among the rows at height 0, each to the lowest of them.
  void merge_duplicates(MergeList& merges);
  // Joins `from` into `into`, which becomes stale with the distance of the two as its bound.
  void merge(std::size_t into, std::size_t from, double delta, MergeList& merges);
  // Removes dead slots and keeps the order of the others.
  void pack();

 private:
  void shift_and_scale(ConstMatrix32 x, std::size_t threads);
};

}  // namespace god
