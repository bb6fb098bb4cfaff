// Linkages and metrics by the names that TypeScript has for them.
#pragma once
#include <stdexcept>
#include <string>

#include "agglomerative/linkage.hpp"

namespace god {

inline Linkage linkage_named(const std::string& name) {
  if (name == "single") return Linkage::kSingle;
  if (name == "complete") return Linkage::kComplete;
  if (name == "average") return Linkage::kAverage;
  if (name == "weighted") return Linkage::kWeighted;
  if (name == "ward") return Linkage::kWard;
  if (name == "centroid") return Linkage::kCentroid;
  if (name == "median") return Linkage::kMedian;
  throw std::invalid_argument("unknown linkage " + name);
}

inline PointMetric metric_named(const std::string& name) {
  if (name == "euclidean") return PointMetric::kEuclidean;
  if (name == "cosine") return PointMetric::kCosine;
  if (name == "cityblock") return PointMetric::kCityblock;
  if (name == "chebyshev") return PointMetric::kChebyshev;
  throw std::invalid_argument("unknown metric " + name);
}

}  // namespace god
