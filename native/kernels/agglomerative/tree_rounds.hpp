// The minimum spanning tree of points in low dimension: Boruvka's rounds (Nesetril, Milkova, Nesetrilova,
// "Otakar Boruvka on minimum spanning tree problem", Discrete Mathematics 2001) over a k-d tree.
#pragma once
#include <cstdint>
#include <vector>

#include "agglomerative/metric.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

struct TreeEdge {
  double distance;
  std::uint32_t a, b;
};

// The n - 1 edges, in no particular order. Distances are float64. O(n d) memory; about O(n log^2 n) time
// where d is small. Which of several equally long edges are chosen can depend on the threads; the clusters at
// every height do not.
std::vector<TreeEdge> tree_by_rounds(ConstMatrix32 x, PointMetric metric, Run run);

}  // namespace god
