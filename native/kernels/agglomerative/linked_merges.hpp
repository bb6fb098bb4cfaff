// Single, complete, average and weighted linkage over a graph of links. Only distances of linked rows are
// used.
#pragma once
#include <vector>

#include "agglomerative/link_graph.hpp"
#include "agglomerative/linkage.hpp"
#include "agglomerative/merges.hpp"

namespace god {

// The distance of each linked pair.
std::vector<double> link_lengths(ConstMatrix32 x, const std::vector<Link>& links, PointMetric metric,
                                 Run run);

// Merges the nearest linked pair until one cluster is left. The links must connect all rows.
void merge_by_links(std::size_t rows, const std::vector<Link>& links, const std::vector<double>& lengths,
                    Linkage linkage, Monitor& monitor, MergeList& merges);

}  // namespace god
