// Approximate nearest neighbors among very many points, by an inverted file: k-means divides the points into
// cells of about 512, and the points of a cell are compared, exactly and by matrix products, with those of
// the cells whose centers are nearest (Jegou, Douze and Schmid, "Product quantization for nearest neighbor
// search", 2011, section IV, without the quantization). Deterministic. O(n * probes * 512 * d) time, O(n)
// memory in addition to the points.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "neighbors/neighbors.hpp"

namespace god {

// Like nearest_neighbors among the points themselves, but some true neighbors can be replaced by slightly
// farther points. The distances are exact for the indices returned. k < points.rows.
void approximate_neighbors(ConstMatrix32 points, std::size_t k, Metric metric, Run run,
                           std::uint32_t* indices, float* distances);

}  // namespace god
