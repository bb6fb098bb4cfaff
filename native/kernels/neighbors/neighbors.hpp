// Exact k nearest neighbors.
//
// Blocks of queries meet tiles of points as one matrix product each: |x - y|^2 = |x|^2 + (|y|^2 - 2 x.y), and
// the part in parentheses ranks the points of a row. A filter keeps what lies under the row's threshold, a
// few more candidates than asked for; their distances are then computed directly from differences, free of
// the cancellation in the formula above, and ranked. A bound on the rounding of the first pass proves that no
// other point can belong to the answer; the rare row for which it cannot is searched directly over all
// points. Time O(queries * points * d), memory O((queries + points) * d) for centered copies plus about 2 MB a
// thread.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

enum class Metric {
  kEuclidean,
  kCosine,  // 1 - cos(x, y); a row of zeros is at distance 1 from every row but other rows of zeros
};

// The nearest `k` points of each query, nearest first, equal distances by index: indices and distances are
// queries.rows x k. Values may have any finite size; differences below 1e-17 of the largest value, among
// the points and the query, count as zero; distances beyond float32's range come out as its largest number. A
// query's result does not depend on the other queries. Throws std::invalid_argument when k > points.rows or
// the column counts differ. Progress: the fraction of queries done.
void nearest_neighbors(ConstMatrix32 points, ConstMatrix32 queries, std::size_t k, Metric metric, Run run,
                       std::uint32_t* indices, float* distances);

// The same among the points themselves, without the point itself; k < points.rows.
void nearest_neighbors(ConstMatrix32 points, std::size_t k, Metric metric, Run run, std::uint32_t* indices,
                       float* distances);

}  // namespace god
