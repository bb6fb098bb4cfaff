// Ward, centroid and median linkage over a graph of links. Distances of clusters are computed from their
// centers.
#pragma once
#include <vector>

#include "agglomerative/link_graph.hpp"
#include "agglomerative/linkage.hpp"
#include "agglomerative/merges.hpp"

namespace god {

// Merges the nearest linked pair until one cluster is left. The links must connect all rows. Heights are
// squared.
void merge_by_centers(ConstMatrix32 x, const std::vector<Link>& links, Linkage linkage, Monitor& monitor,
                      MergeList& merges);

}  // namespace god
