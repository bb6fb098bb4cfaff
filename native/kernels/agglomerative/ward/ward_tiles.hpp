// Exact nearest neighbors for Ward's method in any dimension. Products in float32, computed in register
// tiles, find clusters that could be nearer than the nearest known so far; distances in float64 decide.
#pragma once
#include <memory>

#include "agglomerative/ward/ward_clusters.hpp"
#include "agglomerative/ward/ward_search.hpp"
#include "base/run.hpp"

namespace god {

// O(n d) memory, O(q n d) time for q queries. Both references must outlive the search.
std::unique_ptr<WardSearch> make_ward_tile_search(WardClusters& clusters, Run run);

}  // namespace god
