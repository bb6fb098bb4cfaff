// Exact k nearest neighbors.
//
// A first pass computes |x - y|^2 = |x|^2 + (|y|^2 - 2 x.y) for blocks of queries and tiles of points, by one
// matrix product each; the part in parentheses ranks the points for a query x. A filter keeps those below the
// query's threshold, a few more than k candidates. Their distances are then computed directly from
// differences, without the cancellation in the formula above, and ranked. A bound on the rounding errors of
// the first pass proves that no other point belongs to the result; the rare query for which it cannot is
// compared with all points directly. O(queries * points * d) time; O((queries + points) * d) memory for
// centered copies, and about 2 MB per thread.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

enum class Metric {
  kEuclidean,
  kCosine,  // 1 - cos(x, y); a row of zeros is at distance 0 from rows of zeros and 1 from all others
};

// Finds the nearest `k` points of each query: nearest first, equal distances by index. Indices and distances
// are queries.rows x k. Values can have any finite size; differences below 1e-17 of the largest value among
// the points and the query count as zero, and distances beyond float32's range become its largest number. A
// query's result does not depend on the other queries. Throws std::invalid_argument if k > points.rows or the
// column counts differ. Progress: the fraction of queries done.
void nearest_neighbors(ConstMatrix32 points, ConstMatrix32 queries, std::size_t k, Metric metric, Run run,
                       std::uint32_t* indices, float* distances);

// The same for the points themselves: a point is not its own neighbor, and k < points.rows.
void nearest_neighbors(ConstMatrix32 points, std::size_t k, Metric metric, Run run, std::uint32_t* indices,
                       float* distances);

}  // namespace god
