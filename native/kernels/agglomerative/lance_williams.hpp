// The recurrences of Lance and Williams ("A general theory of classificatory sorting strategies", Computer
// Journal 1967) for reducible linkages: the distance of a merged cluster to another one, and the distance of
// two merged clusters to each other.
//
// Both give the same bits whichever of two clusters comes first, so that a matrix stays symmetric although
// its rows are updated independently. This requires that every product and sum is rounded: include this file
// only where the compiler does not contract them into fused operations (GCC and Clang with -ffp-contract=off,
// see CMakeLists.txt).
#pragma once
#include <algorithm>

#include "agglomerative/linkages.hpp"

namespace god {

// Sizes of the merged clusters a and b, and their distance. Ward's distances are squared.
template <class T>
struct MergedPair {
  T a, b;
  T between;
  T weight_a, weight_b;  // a / (a + b), b / (a + b)
};

// The distance of a u b to cluster k of `size` rows.
template <Linkage kLinkage, class T>
inline T merged_distance(const MergedPair<T>& ab, T ak, T bk, T size) {
  static_assert(traits_of(kLinkage).reducible);
  if constexpr (kLinkage == Linkage::kSingle) {
    return std::min(ak, bk);
  } else if constexpr (kLinkage == Linkage::kComplete) {
    return std::max(ak, bk);
  } else if constexpr (kLinkage == Linkage::kAverage) {
    return ab.weight_a * ak + ab.weight_b * bk;
  } else if constexpr (kLinkage == Linkage::kWeighted) {
    return (ak + bk) / 2;
  } else {
    return ((ab.a + size) * ak + (ab.b + size) * bk - size * ab.between) / (ab.a + ab.b + size);
  }
}

// The distance of a u b to c u d.
template <Linkage kLinkage, class T>
inline T merged_distance(const MergedPair<T>& ab, const MergedPair<T>& cd, T ac, T ad, T bc, T bd) {
  if constexpr (kLinkage == Linkage::kSingle) {
    return std::min(std::min(ac, bd), std::min(ad, bc));
  } else if constexpr (kLinkage == Linkage::kComplete) {
    return std::max(std::max(ac, bd), std::max(ad, bc));
  } else if constexpr (kLinkage == Linkage::kAverage) {
    const T straight = (ab.weight_a * cd.weight_a) * ac + (ab.weight_b * cd.weight_b) * bd;
    const T crossed = (ab.weight_a * cd.weight_b) * ad + (ab.weight_b * cd.weight_a) * bc;
    return straight + crossed;
  } else if constexpr (kLinkage == Linkage::kWeighted) {
    return ((ac + bd) + (ad + bc)) / 4;
  } else {
    const T straight = (ab.a + cd.a) * ac + (ab.b + cd.b) * bd;
    const T crossed = (ab.a + cd.b) * ad + (ab.b + cd.a) * bc;
    const T within = (cd.a + cd.b) * ab.between + (ab.a + ab.b) * cd.between;
    return ((straight + crossed) - within) / ((ab.a + ab.b) + (cd.a + cd.b));
  }
}

}  // namespace god
