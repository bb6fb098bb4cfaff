// Exact nearest neighbors for Ward's method in any dimension: float32 products of register tiles tell which
// clusters can be nearer than the nearest known so far, float64 distances decide.
#pragma once
#include <memory>

#include "agglomerative/ward/ward_clusters.hpp"
#include "agglomerative/ward/ward_search.hpp"
#include "base/run.hpp"

namespace god {

// O(n d) memory, O(q n d) time for q queries. Both references must outlive the search.
std::unique_ptr<WardSearch> make_ward_tile_search(WardClusters& clusters, Run run);

}  // namespace god
