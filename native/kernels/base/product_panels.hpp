// Where the elements of a packed matrix stand (products.hpp), for *_simd.cpp alone.
//
// A packed matrix is cut along k into blocks of kProductDepth rows, each block into panels as wide as two
// vectors (the last as wide as three where the number of vectors is odd), and each panel lists its rows. When
// n is not a multiple of a vector, the last vector begins at n - kLanes and repeats columns of the one before:
// both then write the same values, and no product needs masks.
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

// Vectors of the panel that begins at vector v.
static inline std::size_t panel_vectors(std::size_t v, std::size_t vectors) {
  const std::size_t left = vectors - v;
  return left <= 3 ? left : 2;
}

// First column of vector v.
static inline std::size_t column_of(std::size_t v, std::size_t n) {
  const std::size_t first = v * kLanes;
  return first + kLanes <= n || n < kLanes ? first : n - kLanes;
}

}  // namespace god::GOD_ISA
