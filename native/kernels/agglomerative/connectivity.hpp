// Agglomerative clustering of points in which only linked clusters are merged.
#pragma once
#include "agglomerative/link_graph.hpp"
#include "agglomerative/linkage.hpp"

namespace god {

// What to do if the links do not connect all rows: return without a result, or add links.
enum class Disconnected { kLeave, kJoin };

// Clusters are linked if a row of one is linked to a row of the other. Ward, centroid and median linkage
// compute the distance of linked clusters as they do without links. The other linkages use the distances of
// linked rows only, as in scikit-learn: a merged cluster's distance to a neighbor of both its parts is
// combined from the parts' distances; to a neighbor of one part, it is that part's distance.
//
// Writes the (n-1) x 4 linkage matrix and returns 1. If the links leave more than one component, kLeave
// writes nothing and returns their number; kJoin adds the shortest links that connect them. The matrix is
// sorted by height; for ward, centroid and median, whose heights can decrease, it is in the order of merging.
// Equally near pairs are merged lowest rows first. O(n + links) memory; O(links log links) time if clusters
// keep few neighbors. The result is bit-identical for any number of threads. Throws std::invalid_argument if
// x is empty or not finite, a link names a row that does not exist, or the linkage does not support the
// metric.
std::size_t connectivity_linkage(ConstMatrix32 x, const RowLinks& links, Linkage linkage, PointMetric metric,
                                 Disconnected disconnected, Run run, double* out);

// The same of given distances (see linkage_of_distances), for single, complete, average and weighted linkage.
template <class In>
std::size_t connectivity_linkage_of_distances(const In* distances, DistanceShape shape, const RowLinks& links,
                                              Linkage linkage, Precision precision, Disconnected disconnected,
                                              Run run, double* out);

// About how many bytes it takes in addition to its input and output, and to a matrix of given distances.
double connectivity_linkage_memory(std::size_t rows, std::size_t cols, std::size_t links);

}  // namespace god
