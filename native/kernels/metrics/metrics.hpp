// How good a map and a clustering are. The measures look at all pairs of rows, by tiles: O(n^2 d) time,
// memory for a float64 copy of X and a tile a thread. Values may have any finite size.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "neighbors/neighbors.hpp"

namespace god {

// Trustworthiness of the map Y of X (Venna and Kaski, "Neighborhood preservation in nonlinear projection
// methods", ICANN 2001): 1 - 2 / (n k (2n - 3k - 1)) * sum over i and the k nearest neighbors j of i in Y of
// max(0, rank of j among the neighbors of i in X - k). Euclidean in both; equal distances rank by row.
// X.rows == Y.rows == n and 0 < k < n / 2.
double trustworthiness(ConstMatrix32 x, ConstMatrix32 y, std::size_t k, Run run);

// Silhouettes (Rousseeuw 1987): values[i] = (b - a) / max(a, b) with a the mean distance of row i to the
// others of its cluster and b the smallest mean distance to another cluster; 0 for a row alone in its
// cluster, and when all distances are 0. labels[i] < clusters; clusters can be empty, but at least two are
// not.
void silhouette(ConstMatrix32 x, const std::int32_t* labels, std::size_t clusters, Metric metric, Run run,
                double* values);

// rows[c] = the row of cluster c whose mean distance to the rows of c is least, the lowest of those that differ by rounding
// alone (a share of 1e-12); -1 for an empty cluster. labels[i] < clusters. O(sum of size(c)^2 d) time.
void medoids(ConstMatrix32 x, const std::int32_t* labels, std::size_t clusters, Metric metric, Run run,
             std::int32_t* rows);

}  // namespace god
