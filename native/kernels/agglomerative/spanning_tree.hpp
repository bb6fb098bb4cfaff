// Single linkage by the minimum spanning tree (Gower and Ross, "Minimum spanning trees and single linkage
// cluster analysis", Applied Statistics 1969).
#pragma once
#include "agglomerative/merges.hpp"
#include "agglomerative/metric.hpp"
#include "agglomerative/square_matrix.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// From points, without a distance matrix: O(n d) memory; O(n^2 d) time, about O(n log^2 n) in low dimension.
// Heights are distances in float64. Clusters at every height are unique; merges of equal height are in the
// order of the clusters' lowest rows. Progress: fraction of the tree's edges found.
void single_linkage(ConstMatrix32 x, PointMetric metric, Run run, MergeList& merges);

}  // namespace god
