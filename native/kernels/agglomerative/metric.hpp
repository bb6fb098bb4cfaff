// The distances between points that linkages support.
#pragma once

namespace god {

enum class PointMetric {
  kEuclidean,
  kSquaredEuclidean,
  kCosine,     // 1 - cos(x, y); a row of zeros is at distance 0 from rows of zeros and 1 from all others
  kCityblock,  // sum |x - y|
  kChebyshev,  // max |x - y|
};

}  // namespace god
