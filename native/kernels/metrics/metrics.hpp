// Measures of the quality of a map and of a clustering. They use all pairs of rows, by tiles: O(n^2 d) time
// (trustworthiness: O(n^2 (d + k))), and memory for a copy of X in float64 or two in float32 and one tile per
// thread. Values can have any finite size.
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
// X.rows == Y.rows == n and 0 < k < n / 2. Ranks are those of float64 distances: float32 decides where its
// error cannot matter (rough_tiles.hpp).
double trustworthiness(ConstMatrix32 x, ConstMatrix32 y, std::size_t k, Run run);

// Silhouettes (Rousseeuw 1987) of `ways` labelings of the same rows: values[way * n + i] = (b - a) / max(a,
// b) with a the mean distance of row i to the others of its cluster and b the smallest mean distance to
// another cluster; 0 for a row alone in its cluster, and if a and b are 0. labels[way * n + i] < clusters;
// clusters can be empty, but at least two in each labeling must not be. All labelings share the distances.
void silhouette(ConstMatrix32 x, const std::int32_t* labels, std::size_t ways, std::size_t clusters,
                Metric metric, Run run, double* values);

// rows[c] = the row of cluster c with the least mean distance to the rows of c, or -1 if c is empty. Of rows
// whose means differ only by rounding (by 1e-12 of their size), the lowest is taken. labels[i] < clusters.
// O(sum of size(c)^2 d) time.
void medoids(ConstMatrix32 x, const std::int32_t* labels, std::size_t clusters, Metric metric, Run run,
             std::int32_t* rows);

}  // namespace god
