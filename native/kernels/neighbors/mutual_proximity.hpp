// Mutual proximity: which rows of other groups are near, judged from both ends.
//
// By plain distance, a few rows, called hubs, are the nearest row of very many others. Mutual proximity
// (Schnitzer, Flexer, Schedl and Widmer, "Local and global scaling reduce hubs in space", JMLR 13, 2012,
// section 3.2) avoids this. The distances of a row x to all rows of a group B are assumed to be normal, with
// mean m(x, B) and standard deviation s(x, B). For x of group A and y of group B at distance d it is
//   MP(x, y) = Q((d - m(x, B)) / s(x, B)) * Q((d - m(y, A)) / s(y, A)),   Q(z) = 1 - Phi(z):
// the probability that a random row of B is farther from x, and also a random row of A farther from y; the
// two are assumed to be independent. If a deviation is 0, z is 0. Distances are Euclidean. A row is never its
// own neighbor.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// Rows, and for each row its group in [0, count).
struct GroupedRows {
  ConstMatrix32 rows;
  const std::int32_t* groups;
};

// For each row of `from` and each of `count` groups: mean and standard deviation (with denominator n) of its
// distances to the rows of `to` in that group, or 0 if there are none. Both outputs are from.rows x count. If
// `from` and `to` share the same data, a row's distance to itself is left out. O(from.rows * to.rows * cols)
// time by matrix products. Progress: the fraction done.
void distance_moments(ConstMatrix32 from, GroupedRows to, std::size_t count, Run run, double* means,
                      double* deviations);

// The results of distance_moments.
struct DistanceMoments {
  const double* means;
  const double* deviations;
};

// Each array is queries.rows x count x k. `indices` are rows of `points`: best first, equal ones by index,
// and -1 if a group has fewer than k.
struct MutualNeighbors {
  std::int32_t* indices;
  double* proximities;  // MP in [0, 1]; 0 if the index is -1
  float* distances;
};

// For each query and each of `count` groups, finds the k points of that group with the highest mutual
// proximity. `of_points` are the moments of the points' distances to points, `of_queries` those of the
// queries' distances to points. If both share the same data, the queries are the points themselves. Throws
// std::invalid_argument if column counts differ, a group is outside [0, count), or a value is not finite.
// Progress: the fraction done.
void mutual_neighbors(GroupedRows queries, DistanceMoments of_queries, GroupedRows points,
                      DistanceMoments of_points, std::size_t count, std::size_t k, Run run,
                      MutualNeighbors out);

}  // namespace god
