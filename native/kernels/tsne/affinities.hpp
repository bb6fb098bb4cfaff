// From neighbors to the symmetric affinities p_ij of t-SNE (van der Maaten and Hinton 2008, equations 1 and
// 2).
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/run.hpp"
#include "tsne/tsne_simd.hpp"

namespace god {

// A neighbor graph: for each of n points the indices of k others and their distances, which are not
// negative.
struct NeighborView {
  const std::uint32_t* indices;
  const float* distances;
  std::size_t n;
  std::size_t k;
};

// The affinity matrix without its zeros, summing to 1. Row i has entries offsets[i] .. offsets[i + 1] - 1.
// Their number is a multiple of 16; entries (i, 0) at the end of a row are padding.
struct Affinities {
  std::vector<std::size_t> offsets;  // n + 1
  std::vector<std::uint32_t> columns;
  std::vector<float> values;

  std::size_t size() const { return offsets.size() - 1; }
  EdgeView view() const { return {offsets.data(), columns.data(), values.data()}; }
};

// p_j|i over the neighbors of each point, n x k: Gaussian weights, normalized per row, whose precision is
// chosen so that the row has the given perplexity. Only ratios of distances matter, so data of any scale does
// not overflow. If more than `perplexity` neighbors of a row are equally near, at the smallest distance, the
// row is uniform over these.
std::vector<float> conditional_affinities(NeighborView neighbors, double perplexity, Run run);

// p_ij = (p_j|i + p_i|j) / 2n. O(n k) memory; `conditional` is freed early if it is moved in.
Affinities symmetrize(NeighborView neighbors, std::vector<float> conditional, Run run);

// Both steps at once. Throws std::invalid_argument if an index does not name another row, or a distance is
// negative or not finite.
Affinities joint_affinities(NeighborView neighbors, double perplexity, Run run);

// The same matrix with rows and columns renumbered: new row r is old row order[r].
Affinities permute(const Affinities& affinities, const std::vector<std::uint32_t>& order,
                   std::size_t threads);

// Sum of p log p over all edges.
double negative_entropy(const Affinities& affinities, std::size_t threads);

}  // namespace god
