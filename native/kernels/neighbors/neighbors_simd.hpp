// The hot loops of neighbors.cpp, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>
#include <cstdint>

namespace god {

// Candidates of one row, in no particular order. Both arrays have room for 32 entries beyond `limit`.
struct CandidateList {
  float* values;
  std::uint32_t* ids;
  std::size_t count;
  std::size_t limit;
};

struct NeighborSimd {
  // Appends every j in [begin, end) with products[j] + norms[j] < threshold as (that sum, first + j). `end` -
  // `begin` is a multiple of 16. Stops when the list has reached its limit; returns where to continue.
  std::size_t (*filter)(const float* products, const float* norms, std::size_t begin, std::size_t end,
                        float threshold, std::uint32_t first, CandidateList* list);
  // Lowers `*threshold`, below which all entries of the list are, and removes those that are not below the
  // new one: at least `keep` and at most `keep` + `slack` remain. If equal values prevent that, changes
  // nothing and returns false.
  bool (*shrink)(CandidateList* list, std::size_t keep, std::size_t slack, float* threshold);
  // out[j] = |query - points[ids[j]]|^2 over d columns, for j < count. Rows of `points` are `stride` apart.
  void (*squared_distances)(const float* query, const float* points, std::size_t stride, std::size_t d,
                            const std::uint32_t* ids, std::size_t count, float* out);
};

}  // namespace god
