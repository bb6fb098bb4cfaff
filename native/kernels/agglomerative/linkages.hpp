// The table of linkages: what each is called, and what it asks of distances and memory. Binding and TypeScript
// take them from here; what a linkage computes is in lance_williams.hpp or generic.cpp, for points with given
// links in linked_merges.cpp or center_merges.cpp.
#pragma once
#include <cstddef>

namespace god {

enum class Linkage { kSingle, kComplete, kAverage, kWeighted, kWard, kCentroid, kMedian };

struct LinkageTraits {
  const char* name;
  // Its recurrence is meant for squared Euclidean distances, and subtracts: it takes points by the Euclidean
  // metric alone, always computes in float64, and its clusters have centers.
  bool squared;
  // No merge brings a cluster nearer to a third one than its parts were (Bruynooghe 1977): heights never fall.
  bool reducible;
  // Points take no matrix of distances.
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
