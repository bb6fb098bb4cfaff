// Agglomerative clustering by any linkage, from points or from distances.
#pragma once
#include <cstddef>

#include "agglomerative/linkages.hpp"
#include "agglomerative/metric.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// The number type of distance matrices. Ward, centroid and median always use float64; single linkage of
// points has no matrix and is exact with both.
//
// Errors in float32, with u = 2^-24: coordinates are subtracted as given, so a common offset does no harm.
// The relative error of a distance over d columns is at most (d / 2 + 3) u if Euclidean, (d + 1) u if
// city-block and u if Chebyshev (Higham, "Accuracy and stability of numerical algorithms", section 3.1). A
// cosine distance c has about (d / 2 + 3 + 2 / sqrt(c)) 2u, because rows of length 1 are rounded to float32.
// Complete linkage only selects among distances. Average and weighted linkage average non-negative numbers,
// and each average adds at most 3u: h times that for a cluster at the top of h nested merges. If two
// distances of clusters differ by less than these errors, the tree can differ from that of float64.
enum class Precision { kFloat32, kFloat64 };

// Bytes that a linkage takes in addition to its input and output. The n x n matrix, if the linkage needs one,
// dominates.
bool needs_matrix(Linkage linkage, bool from_points);
double linkage_memory(Linkage linkage, Precision precision, bool from_points, std::size_t rows,
                      std::size_t cols);

// Throws std::invalid_argument if the number of rows, or the metric with this linkage, is not supported.
void check_linkage(std::size_t rows, Linkage linkage, PointMetric metric);

// Writes the (n-1) x 4 linkage matrix in scipy's convention: sorted by height, or in the order of merging for
// centroid and median. Ward, centroid and median take points with kEuclidean only. Ties are merged lowest row
// first. (In single linkage ties do not change the clusters at any height, and merges of equal height come in
// a fixed order.) The result does not depend on `threads`. Throws std::invalid_argument if n = 0 or a value
// is not finite.
void linkage_of_points(ConstMatrix32 x, Linkage linkage, PointMetric metric, Precision precision, Run run,
                       double* out);

// What the recurrences of ward, centroid and median are applied to: the squares of the distances, which gives
// heights that are Euclidean distances, or the distances as given, as some packages do. The other linkages
// are the same with both.
enum class Recurrence { kEuclidean, kAsGiven };

// Distances are given as a square matrix, or as its upper triangle, row by row.
enum class DistanceShape { kSquare, kCondensed };
template <class In>
void linkage_of_distances(const In* distances, DistanceShape shape, std::size_t n, Linkage linkage,
                          Recurrence recurrence, Precision precision, Run run, double* out);

}  // namespace god
