// Places points on a finished map: each one alone descends its own divergence from the map's points, which
// stay where they are. Hence the result for a point does not depend on what other points are placed with it.
#pragma once
#include <cstddef>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "tsne/affinities.hpp"

namespace god {

// `neighbors` are those of the new points among the rows of `map` (m x 1, 2 or 3). Starts at the weighted
// median of these neighbors' places and minimizes, for each new point i, the sum over its neighbors j of
// p_j|i log(p_j|i / q_j|i), where q_j|i is the kernel 1 / (1 + |y_i - y_j|^2) over its sum for all m points
// (Policar, Strazar and Zupan 2023, "Embedding to reference t-SNE space addresses batch effects in
// single-cell classification"). O(n m iterations). Progress: the fraction of points placed. Throws
// std::invalid_argument for an index that is not that of a row or another number of columns.
void place_on_map(ConstMatrix32 map, NeighborView neighbors, double perplexity, std::size_t iterations,
                  Run run, Matrix32 places);

}  // namespace god
