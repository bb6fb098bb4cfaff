// Principal component analysis by the eigenvectors of the covariance matrix (moments.hpp) or, for more
// columns than rows, of the Gram matrix of the centred rows.
#pragma once
#include <cstddef>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "pca/moments.hpp"

namespace god {

// The fitted rotation of n x d data. With r = min(n, d):
struct PcaOutputs {
  double* mean;         // d
  Matrix32 components;  // k x d, k <= r: orthonormal rows; the loading of largest magnitude is positive
  double* explained_variance;  // r, descending, with denominator n - 1 (1 for a single row)
  // d, or null. Otherwise columns are divided by their standard deviations (denominator n - 1), which are
  // written here: the components are those of the correlation matrix. A constant column has 0 and stays 0.
  double* deviation = nullptr;
};

// Principal components of the n x d matrix `x`, n >= 1, d >= 1. Takes the side of the smaller of n and d: for
// n >= d O(n d^2) time, float32 with the error that moments.hpp states; for n < d O(n^2 d), float64
// throughout and O(threads n^2 + k d) memory. Throws std::invalid_argument when a value is not finite.
void pca_fit(ConstMatrix32 x, Run run, PcaOutputs out);

// The components behind moments of count n >= 1; the covariance side whatever n is.
void pca_from_moments(Moments moments, Run run, PcaOutputs out);

// z = (x - mean) components^T / scale, by rows: x is n x d, components k x d, z n x k; scale has k entries,
// of which infinite ones give zeros. Throws std::invalid_argument when a value of x or z is not finite.
void pca_transform(ConstMatrix32 x, const double* mean, ConstMatrix32 components, const double* scale,
                   Run run, Matrix32 z);

// x = (z * scale) components + mean, by rows: the inverse of pca_transform up to what the components do not
// span. Throws as it does.
void pca_inverse_transform(ConstMatrix32 z, const double* mean, ConstMatrix32 components, const double* scale,
                           Run run, Matrix32 x);

}  // namespace god
