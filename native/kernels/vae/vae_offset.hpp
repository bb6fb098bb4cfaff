// The offset of each column: its mean over the fitted rows. The networks receive columns minus their offsets,
// because biases start at 0 and would need many epochs to learn the level of a column.
#pragma once
#include <cstddef>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// The mean of each column of the n x d rows of x, n >= 1, in float64. Sums are of differences from the first
// row, so the mean of a constant column is exactly its value, and a column far from zero does not lose
// digits. Throws std::invalid_argument for values that are not finite. `threads` as in parallel.hpp.
void vae_offset(ConstMatrix32 x, Run run, double* offset);

// Adds `sign` (1 or -1) times the column's offset to every value of x, in place: computed in float64 and
// rounded once.
void vae_shift(Matrix32 x, double sign, const double* offset, Run run);

}  // namespace god
