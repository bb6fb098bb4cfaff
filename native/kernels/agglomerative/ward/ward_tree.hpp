// Exact nearest neighbors for Ward's method in low dimension by a k-d tree.
#pragma once
#include <memory>

#include "agglomerative/ward/ward_clusters.hpp"
#include "agglomerative/ward/ward_search.hpp"
#include "base/run.hpp"

namespace god {

// The tree takes at most this many columns.
constexpr std::size_t kMostTreeColumns = 16;

// O(n d) memory, about O(log n) time for a query. Throws std::invalid_argument for more than kMostTreeColumns
// columns. Both references must outlive the search.
std::unique_ptr<WardSearch> make_ward_tree_search(WardClusters& clusters, Run run);

}  // namespace god
