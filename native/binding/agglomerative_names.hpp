// Finds linkages and metrics by their names in TypeScript.
#pragma once
#include <iterator>
#include <stdexcept>
#include <string>

#include "agglomerative/linkage.hpp"

namespace god {

inline Linkage linkage_named(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kLinkages); i++) {
    if (name == kLinkages[i].name) return static_cast<Linkage>(i);
  }
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
