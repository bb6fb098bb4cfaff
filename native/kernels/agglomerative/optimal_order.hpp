// The order of a tree's leaves that puts similar ones next to each other (Bar-Joseph, Gifford and Jaakkola,
// "Fast optimal leaf ordering for hierarchical clustering", Bioinformatics 2001).
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

#include "agglomerative/linkage.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// Writes an optimal order to order[0, n): of the 2^(n-1) orders in which a dendrogram has no crossings, one
// with the least sum of distances between adjacent leaves. `merges` is the (n-1) x 4 linkage matrix of the
// tree. At most O(n^3) time, n^3 / 8 additions for a balanced tree; O(n^2) memory. The result does not depend
// on `threads`.
void optimal_order_of_points(const double* merges, ConstMatrix32 x, PointMetric metric, Run run,
                             std::uint32_t* order);

template <class In>
void optimal_order_of_distances(const double* merges, const In* distances, DistanceShape shape, std::size_t n,
                                Run run, std::uint32_t* order);

// The most bytes that it takes in addition to its input and output. cols = 0 for distances.
double optimal_order_memory(std::size_t rows, std::size_t cols);

}  // namespace god
