// Distances between points that the linkages take.
#pragma once

namespace god {

enum class PointMetric {
  kEuclidean,
  kSquaredEuclidean,
  kCosine,     // 1 - cos(x, y); a row of zeros is at distance 1 from every row but other rows of zeros
  kCityblock,  // sum |x - y|
  kChebyshev,  // max |x - y|
};

}  // namespace god
