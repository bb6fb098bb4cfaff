// The order of a tree's leaves in which neighbors are nearest (Bar-Joseph, Gifford and Jaakkola, "Fast
// optimal leaf ordering for hierarchical clustering", Bioinformatics 2001).
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

#include "agglomerative/linkage.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// Of the 2^(n-1) orders that a dendrogram without crossings allows, one of least sum of distances between
// neighbors, into order[0, n). `merges` is the (n-1) x 4 linkage matrix of a tree. O(n^3) time at most, an
// eighth of n^3 additions for a balanced tree; O(n^2) memory. The result does not depend on `threads`.
void optimal_order_of_points(const double* merges, ConstMatrix32 x, PointMetric metric, Run run,
                             std::uint32_t* order);

template <class In>
void optimal_order_of_distances(const double* merges, const In* distances, DistanceShape shape, std::size_t n,
                                Run run, std::uint32_t* order);

// Most bytes that it takes beside its input and output; no columns for distances.
double optimal_order_memory(std::size_t rows, std::size_t cols);

}  // namespace god
