// Single linkage by the minimum spanning tree (Gower and Ross, "Minimum spanning trees and single linkage
// cluster analysis", Applied Statistics 1969), grown by Prim's algorithm.
#pragma once
#include "agglomerative/merges.hpp"
#include "agglomerative/metric.hpp"
#include "agglomerative/square_matrix.hpp"
#include "matrix.hpp"
#include "monitor.hpp"

namespace god {

// From points, without a distance matrix: O(n d) memory, O(n^2 d) time. Distances are float64. Progress:
// share of the tree grown.
void single_linkage(ConstMatrix32 x, PointMetric metric, std::size_t threads, Monitor& monitor,
                    MergeList& merges);

}  // namespace god
