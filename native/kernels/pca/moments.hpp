// Count, mean and scatter of rows: all that PCA by the covariance matrix needs of its data. Moments can be
// merged, so a fit can read a stream, be resumed, or be spread over machines.
//
// Rows are processed in blocks. Each block is centered by its own mean and squared in float32, and then added
// to the total in float64 by the updating formula of Chan, Golub and LeVeque ("Updating formulae and a
// pairwise algorithm for computing sample variances", 1979). A float32 Gram matrix without centering can have
// an error of 1e-2 of the largest eigenvalue where this has 4e-7; a single center for all blocks fails if the
// mean drifts. The first block, and all blocks of data with at most 64 columns, are squared in float64, so
// small data is exact.
#pragma once
#include <cstddef>
#include <vector>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "pca/phases.hpp"

namespace god {

struct Moments {
  std::size_t count = 0;
  std::vector<double> mean;     // d
  std::vector<double> scatter;  // d x d, upper triangle: sum over rows of (x - mean)(x - mean)^T
};

Moments no_moments(std::size_t cols);

// Two matrices with the same number of columns, read as if `tail` were below `head`.
struct StackedRows {
  ConstMatrix32 head, tail;
  std::size_t rows() const { return head.rows + tail.rows; }
  std::size_t cols() const { return tail.cols; }
  const float* row(std::size_t i) const { return i < head.rows ? head.row(i) : tail.row(i - head.rows); }
};

// The number of rows in a block. Adding rows in several calls gives the bits of a single call if all calls
// except the last add whole blocks.
std::size_t moments_block_rows(std::size_t cols);

// Adds the rows of `x` to `total`. O(n d^2) time, O(threads d (d + block)) memory, bit-identical for any
// `threads`. Publishes progress up to `share`. Throws std::invalid_argument if a value is not finite (the
// message names row and column of `x`) or the difference of two overflows float32; `total` is then unusable.
void add_rows(Moments& total, const StackedRows& x, Run run, double share, PcaSeconds* seconds = nullptr);

// Adds only the whole blocks of `x` and returns how many rows were added. Also checks the values of the
// remaining rows.
std::size_t add_whole_blocks(Moments& total, const StackedRows& x, Run run);

// Sets `total` to the moments of the rows of both, by equation 2.1 of Chan, Golub and LeVeque. They must have
// the same number of columns.
void add_moments(Moments& total, const Moments& more);

}  // namespace god
