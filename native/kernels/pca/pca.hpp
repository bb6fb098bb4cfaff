// Principal component analysis by the eigenvectors of the covariance matrix (moments.hpp) or, for more
// columns than rows, of the Gram matrix of the centered rows.
#pragma once
#include <cstddef>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "pca/moments.hpp"

namespace god {

// The result of fitting n x d data, with r = min(n, d).
struct PcaOutputs {
  double* mean;         // d
  Matrix32 components;  // k x d, k <= r: orthonormal rows; the loading of largest magnitude is positive
  double* explained_variance;  // r, descending, with denominator n - 1 (1 for a single row)
  // d entries, or null. If not null, columns are divided by their standard deviations (denominator n - 1),
  // which are written here, and the components are those of the correlation matrix. For a constant column 0
  // is written, and its centered values stay 0.
  double* deviation = nullptr;
};

// Principal components of the n x d matrix `x`, n >= 1, d >= 1. For n >= d it uses the covariance matrix: O(n
// d^2) time, in float32 with the error given in moments.hpp. For n < d it uses the Gram matrix of rows: O(n^2
// d) time and O(threads n^2 + k d) memory, in float64 throughout. Throws std::invalid_argument if a value is
// not finite.
void pca_fit(ConstMatrix32 x, Run run, PcaOutputs out, PcaSeconds* seconds = nullptr);

// The same from moments of n >= 1 rows, always by the covariance matrix.
void pca_from_moments(Moments moments, Run run, PcaOutputs out, PcaSeconds* seconds = nullptr);

// z = (x - mean) components^T / scale, by rows: x is n x d, components k x d, z n x k; scale has k entries;
// infinite ones give zeros. Throws std::invalid_argument if a value of x or z is not finite.
void pca_transform(ConstMatrix32 x, const double* mean, ConstMatrix32 components, const double* scale,
                   Run run, Matrix32 z, PcaSeconds* seconds = nullptr);

// x = (z * scale) components + mean, by rows: the inverse of pca_transform, except for what the components do
// not span. Throws like pca_transform.
void pca_inverse_transform(ConstMatrix32 z, const double* mean, ConstMatrix32 components, const double* scale,
                           Run run, Matrix32 x);

}  // namespace god
