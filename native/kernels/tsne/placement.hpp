// Places new points on a finished map. The map's points stay fixed, and each new point minimizes a divergence
// of its own, so its place does not depend on the other new points.
#pragma once
#include <cstddef>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "tsne/affinities.hpp"

namespace god {

// `neighbors` holds the neighbors of the new points among the rows of `map` (m x 1, 2 or 3). Each new point i
// starts at the weighted median of its neighbors' places and minimizes the sum over its neighbors j of p_j|i
// log(p_j|i / q_j|i), where q_j|i is the kernel 1 / (1 + |y_i - y_j|^2) over its sum for all m points
// (Policar, Strazar and Zupan 2023, "Embedding to reference t-SNE space addresses batch effects in
// single-cell classification"). O(n m iterations). Progress: the fraction of points placed. Throws
// std::invalid_argument if an index is not a row of the map, or the map has another number of columns.
void place_on_map(ConstMatrix32 map, NeighborView neighbors, double perplexity, std::size_t iterations,
                  Run run, Matrix32 places);

}  // namespace god
