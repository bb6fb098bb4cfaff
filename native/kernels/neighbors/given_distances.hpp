// Nearest neighbors where the distances are given.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/run.hpp"

namespace god {

// The `k` nearest of n rows for each, without itself: nearest first, equal distances by index; indices and distances
// are n x k, distances rounded to float32. `distances` is n x n (`square`), or holds the n (n - 1) / 2 of the upper
// triangle row by row. They must be finite and not negative, a square matrix symmetric (to 1e-6) with zeros on the
// diagonal, and k < n: throws std::invalid_argument. Memory: n^2 float32.
template <class T>
void neighbors_of_distances(const T* distances, bool square, std::size_t n, std::size_t k, Run run,
                            std::uint32_t* indices, float* found);

}  // namespace god
