// Principal component analysis by the eigenvectors of the covariance matrix (or, for more columns than rows,
// of the Gram matrix of the centred rows).
//
// Rows are centred by a provisional mean before they are squared in float32, block by block, and the blocks
// are summed in float64: with an uncentred float32 Gram matrix the error of an eigenvalue is 1e-2 where it is
// 4e-7 here. The provisional mean is corrected at the end by the rule of Chan, Golub and LeVeque ("Updating
// formulae and a pairwise algorithm for computing sample variances", 1979).
#pragma once
#include <cstddef>
#include <vector>

#include "matrix.hpp"
#include "monitor.hpp"

namespace god {

// Count, mean and scatter of rows: all that the covariance side of PCA needs to know of its data.
struct Moments {
  std::size_t count = 0;
  std::vector<double> mean;     // d
  std::vector<double> scatter;  // d x d, upper triangle: sum over rows of (x - mean)(x - mean)^T
};

// Moments of the n x d matrix `x`. O(n d^2) time, O(threads * d * (d + 1024)) memory, the same bits for any
// `threads`. Throws std::invalid_argument when a value is not finite or so large that its square overflows
// float32.
Moments moments(ConstMatrix32 x, std::size_t threads, const Monitor& monitor);

// Moments of the union of the rows behind a and b (Chan, Golub and LeVeque 1979, eq. 2.1). Both must have d
// columns.
Moments merge(const Moments& a, const Moments& b);

// The fitted rotation. With r = min(n, d):
struct PcaOutputs {
  double* mean;         // d
  Matrix32 components;  // k x d, k <= r: orthonormal rows; the loading of largest magnitude is positive
  double* explained_variance;  // r, descending, with denominator n - 1 (1 for a single row)
};

// Principal components of the n x d matrix `x`, n >= 1, d >= 1. Takes the side of the smaller of n and d.
void pca_fit(ConstMatrix32 x, std::size_t threads, Monitor& monitor, PcaOutputs out);

// z = (x - mean) components^T / scale, by rows: x is n x d, components k x d, z n x k; scale has k entries.
void pca_transform(ConstMatrix32 x, const double* mean, ConstMatrix32 components, const double* scale,
                   std::size_t threads, Monitor& monitor, Matrix32 z);

// x = (z * scale) components + mean, by rows: the inverse of pca_transform up to what the components do not
// span.
void pca_inverse_transform(ConstMatrix32 z, const double* mean, ConstMatrix32 components, const double* scale,
                           std::size_t threads, Monitor& monitor, Matrix32 x);

}  // namespace god
