// Nearest neighbors by given distances.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/run.hpp"

namespace god {

// Finds for each of n rows its `k` nearest other rows: nearest first, equal distances by index. `indices` and
// `found`, the distances rounded to float32, are n x k. `distances` is n x n if `square`, else the n (n - 1)
// / 2 of the upper triangle, row by row. Throws std::invalid_argument unless k < n, all distances are finite
// and not negative, and a square matrix is symmetric (to a relative 1e-6) with zeros on the diagonal. Memory:
// n^2 float32.
template <class T>
void neighbors_of_distances(const T* distances, bool square, std::size_t n, std::size_t k, Run run,
                            std::uint32_t* indices, float* found);

}  // namespace god
