// The offset of each column: its mean over the fitted rows. The networks see columns less their offsets,
// since a network whose biases begin at 0 would need many epochs to learn how high a column lies.
#pragma once
#include <cstddef>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// The mean of each column of the n x d rows of x, n >= 1, in float64. Sums are of differences from the first
// row: a constant column has exactly its value as its mean, and a column far from zero loses no digits.
// Throws std::invalid_argument for values that are not finite. `threads` as in parallel.hpp.
void vae_offset(ConstMatrix32 x, Run run, double* offset);

// Adds `sign` (1 or -1) times the offset of its column to every value of x, in place: in float64, rounded
// once.
void vae_shift(Matrix32 x, double sign, const double* offset, Run run);

}  // namespace god
