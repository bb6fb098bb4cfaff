// Agglomerative clustering of points where only clusters that are linked to each other are merged.
#pragma once
#include "agglomerative/link_graph.hpp"
#include "agglomerative/linkage.hpp"

namespace god {

// What is done about a graph of links that does not hold together.
enum class Disconnected { kLeave, kJoin };

// Clusters are linked when a row of one is linked to a row of the other. Ward, centroid and median linkage
// measure linked clusters as they measure any. The other linkages know the distances of linked rows alone: as
// in scikit-learn, a cluster's distance to a neighbor of both its parts follows from theirs, and to a
// neighbor of one part it is that part's.
//
// Writes the (n-1) x 4 linkage matrix and returns 1, or with kLeave, when the links leave more than one
// component, writes nothing and returns their number. kJoin adds the shortest links that connect them. Sorted
// by height; for ward, centroid and median, whose heights may fall, in the order of merging. Equally near
// pairs are merged lowest rows first. O(n + links) memory; O(links log links) time for a graph whose clusters
// keep few neighbors. Same bits for every number of threads. std::invalid_argument when X is not finite or
// empty, a link leads to no row, or the linkage does not take the metric.
std::size_t connectivity_linkage(ConstMatrix32 x, const RowLinks& links, Linkage linkage, PointMetric metric,
                                 Disconnected disconnected, Run run, double* out);

// Bytes that it takes beside its input and output, about.
double connectivity_linkage_memory(std::size_t rows, std::size_t cols, std::size_t links);

}  // namespace god
