// Single, complete, average and weighted linkage over a graph of links. Only distances of linked rows are
// used.
#pragma once
#include <vector>

#include "agglomerative/link_graph.hpp"
#include "agglomerative/linkage.hpp"
#include "agglomerative/merges.hpp"

namespace god {

// Merges the nearest linked pair until one cluster is left. The links must connect all rows.
void merge_by_links(ConstMatrix32 x, const std::vector<Link>& links, Linkage linkage, PointMetric metric,
                    Run run, MergeList& merges);

}  // namespace god
