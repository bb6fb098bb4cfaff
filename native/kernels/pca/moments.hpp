// Count, mean and scatter of rows: all that PCA by the covariance matrix needs to know of its data. Moments
// merge, so that fitting streams, resumes and spreads over machines.
//
// Rows are taken in blocks. Each block is centred by its own mean before it is squared in float32, and
// joins the total in float64 by the updating formula of Chan, Golub and LeVeque ("Updating formulae and a
// pairwise algorithm for computing sample variances", 1979). An uncentred float32 Gram matrix would be
// wrong by 1e-2 where this is by 4e-7 of the largest eigenvalue, and one common centre fails when the mean
// drifts. The first block, and all of data with at most 64 columns, is squared in float64: small data is
// exact.
#pragma once
#include <cstddef>
#include <vector>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

struct Moments {
  std::size_t count = 0;
  std::vector<double> mean;     // d
  std::vector<double> scatter;  // d x d, upper triangle: sum over rows of (x - mean)(x - mean)^T
};

Moments no_moments(std::size_t cols);

// Two matrices of as many columns, read as if `tail` stood below `head`.
struct StackedRows {
  ConstMatrix32 head, tail;
  std::size_t rows() const { return head.rows + tail.rows; }
  std::size_t cols() const { return tail.cols; }
  const float* row(std::size_t i) const { return i < head.rows ? head.row(i) : tail.row(i - head.rows); }
};

// Rows of a block. Whoever adds rows in several calls gets the bits of a single call when all calls but the
// last bring whole blocks.
std::size_t moments_block_rows(std::size_t cols);

// Adds the rows of `x` to `total`. O(n d^2) time, O(threads d (d + block)) memory, the same bits for any
// `threads`. Publishes progress up to `share`. Throws std::invalid_argument when a value is not finite
// (naming row and column of `x`) or the difference of two overflows float32; `total` is then spoilt.
void add_rows(Moments& total, const StackedRows& x, Run run, double share);

// As add_rows, for the whole blocks of `x` only, and looks at the values of the rows behind them; returns how
// many rows of `x` were added.
std::size_t add_whole_blocks(Moments& total, const StackedRows& x, Run run);

// The moments of the rows of the two: eq. 2.1 of Chan, Golub and LeVeque. Both have the same number of columns.
void add_moments(Moments& total, const Moments& more);

}  // namespace god
