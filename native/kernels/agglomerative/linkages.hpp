// The table of linkages: their names, and what they require of distances and memory. Binding and TypeScript
// take them from here. The formula of a linkage is in lance_williams.hpp or generic.cpp; for points with
// given links, in linked_merges.cpp or center_merges.cpp.
#pragma once
#include <cstddef>

namespace god {

enum class Linkage { kSingle, kComplete, kAverage, kWeighted, kWard, kCentroid, kMedian };

struct LinkageTraits {
  const char* name;
  // Its recurrence is for squared Euclidean distances, and it subtracts. Such a linkage takes points with the
  // Euclidean metric only and always computes in float64; its clusters have centers.
  bool squared;
  // A merged cluster is never nearer to a third one than the nearer of its parts (Bruynooghe 1977), so
  // heights never decrease.
  bool reducible;
  // Points are clustered without a matrix of distances.
  bool linear;
};

// In the order of the enumeration.
constexpr LinkageTraits kLinkages[] = {
    {"single", false, true, true},    {"complete", false, true, false}, {"average", false, true, false},
    {"weighted", false, true, false}, {"ward", true, true, true},       {"centroid", true, false, false},
    {"median", true, false, false},
};

constexpr const LinkageTraits& traits_of(Linkage linkage) {
  return kLinkages[static_cast<std::size_t>(linkage)];
}

}  // namespace god
