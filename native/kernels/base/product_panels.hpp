// The layout of a packed matrix (products.hpp), for *_simd.cpp only.
//
// A packed matrix is divided along k into blocks of kProductDepth rows. A block is divided into panels of two
// vectors (the last one of three if the number of vectors is odd), and a panel stores its rows one after
// another. If n is not a multiple of a vector, the last vector begins at n - kLanes and repeats columns of
// the one before. Both then write the same values, and no product needs masks.
#pragma once
#include <cstddef>

#include "base/simd.hpp"

namespace god::GOD_ISA {

static inline std::size_t least(std::size_t a, std::size_t b) {
  return a < b ? a : b;
}

static inline std::size_t vectors_of(std::size_t n) {
  return (n + kLanes - 1) / kLanes;
}

// The number of vectors in the panel that begins at vector v.
static inline std::size_t panel_vectors(std::size_t v, std::size_t vectors) {
  const std::size_t left = vectors - v;
  return left <= 3 ? left : 2;
}

// The first column of vector v.
static inline std::size_t column_of(std::size_t v, std::size_t n) {
  const std::size_t first = v * kLanes;
  return first + kLanes <= n || n < kLanes ? first : n - kLanes;
}

}  // namespace god::GOD_ISA
