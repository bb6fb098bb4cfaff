// Initial layouts of t-SNE.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// The leading principal components of x, scaled so that the first has standard deviation 1e-4 (Kobak and
// Berens 2019, "The art of using t-SNE for single-cell transcriptomics"). Columns of the layout for which x
// has no variance left are random, as in initial_layout_random.
void initial_layout_pca(ConstMatrix32 x, std::uint64_t seed, Run run, Matrix32 layout);

// Independent normal coordinates of standard deviation 1e-4.
void initial_layout_random(std::uint64_t seed, Matrix32 layout);

}  // namespace god
