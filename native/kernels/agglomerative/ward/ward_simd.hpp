// The hot loop of Ward's method from points: for each of 12 clusters, which of 32 others could be nearer than
// the nearest known so far. Symbols as in ward_tiles.cpp.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/simd_dispatch.hpp"

namespace god {

constexpr std::size_t kWardQueries = 12;
constexpr std::size_t kWardColumns = 32;

struct WardSimd {
  // queries: d x 12, the queries' coordinates times -2; columns: d x 32, the candidates' coordinates. For
  // each query i and column j computes products[i * 32 + j] = norms[j] + sum_k queries[k][i] * columns[k][j],
  // and sets bit j of hits[i] if that is at most slopes[i] * inverse_sizes[j] + limits[i]. Products are
  // written only if there is a hit. Returns whether there is one.
  bool (*scan)(std::size_t d, const float* queries, const float* columns, const float* norms,
               const float* inverse_sizes, const float* slopes, const float* limits, float* products,
               std::uint32_t* hits);
};

GOD_DECLARE_SIMD_TABLE(WardSimd, ward_simd)

}  // namespace god
