// Agglomerative clustering by any linkage, from points or from distances.
#pragma once
#include <cstddef>

#include "agglomerative/linkages.hpp"
#include "agglomerative/metric.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// Number type of distance matrices. Ward, centroid and median always use float64; single linkage of points
// has no matrix and is exact in either.
//
// In float32, with u = 2^-24: differences of coordinates are of the numbers as given, so that offsets cost
// nothing. A Euclidean distance of d columns is off by at most (d / 2 + 3) u of its size, a city-block
// distance by (d + 1) u, a Chebyshev distance by u (Higham, "Accuracy and stability of numerical algorithms",
// section 3.1); a cosine distance c by about (d / 2 + 3 + 2 / sqrt(c)) 2u, for its rows are rounded to
// float32. Complete linkage only chooses among them. Average and weighted linkage take averages of numbers
// that are not negative, each of which adds at most 3u, so that a cluster made by h merges one upon the other
// is off by h times that at most. Where two clusters are nearer to being equally far than these errors, the
// tree can differ from that of float64.
enum class Precision { kFloat32, kFloat64 };

// Bytes that a linkage takes beside its input and output, for n rows. The n x n matrix of `needs_matrix`
// linkages dominates.
bool needs_matrix(Linkage linkage, bool from_points);
double linkage_memory(Linkage linkage, Precision precision, bool from_points, std::size_t rows,
                      std::size_t cols);

// What every linkage asks of n rows and the metric of points: std::invalid_argument otherwise.
void check_linkage(std::size_t rows, Linkage linkage, PointMetric metric);

// Writes the (n-1) x 4 linkage matrix in scipy's convention: sorted by height, for centroid and median in the
// order of merging. n >= 1, values finite: std::invalid_argument otherwise. Ward, centroid and median take
// Euclidean distances only (the metric of points must be kEuclidean). The result does not depend on
// `threads`; ties are merged lowest row first (for single linkage clusters at every height are unique, and
// the order among equal heights is fixed).
void linkage_of_points(ConstMatrix32 x, Linkage linkage, PointMetric metric, Precision precision, Run run,
                       double* out);

// What the recurrences of ward, centroid and median are applied to: squares, for heights that are distances
// in Euclidean space; or the distances as given, as some packages do. The other linkages are the same either
// way.
enum class Recurrence { kEuclidean, kAsGiven };

// Distances given as a square matrix or as the upper triangle, row by row.
enum class DistanceShape { kSquare, kCondensed };
template <class In>
void linkage_of_distances(const In* distances, DistanceShape shape, std::size_t n, Linkage linkage,
                          Recurrence recurrence, Precision precision, Run run, double* out);

}  // namespace god
