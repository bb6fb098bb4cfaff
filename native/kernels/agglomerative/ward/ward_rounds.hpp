// Ward's method by rounds of reciprocal nearest neighbors.
#pragma once
#include "agglomerative/merges.hpp"
#include "agglomerative/ward/ward_clusters.hpp"
#include "agglomerative/ward/ward_search.hpp"
#include "base/monitor.hpp"

namespace god {

// Merges until one cluster is left. Progress: fraction of the merges done.
void run_ward_rounds(WardClusters& clusters, WardSearch& search, Monitor& monitor, MergeList& merges);

}  // namespace god
