// How fits by either matrix write their eigenvectors and eigenvalues.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace god {

// Writes an eigenvector with the sign that makes its entry of largest magnitude (the first of equal ones)
// positive, so that a fit does not depend on LAPACK's choice.
inline void write_component(const double* vector, std::size_t d, float* out) {
  std::size_t largest = 0;
  for (std::size_t j = 1; j < d; j++) {
    if (std::abs(vector[j]) > std::abs(vector[largest])) largest = j;
  }
  const double sign = vector[largest] < 0 ? -1.0 : 1.0;
  for (std::size_t j = 0; j < d; j++) out[j] = static_cast<float>(sign * vector[j]);
}

// Writes descending variances from ascending eigenvalues. Rounding can make those of a null space negative;
// they become 0.
inline void write_variances(const std::vector<double>& eigenvalues, std::size_t rank, double factor,
                            double* out) {
  for (std::size_t i = 0; i < rank; i++)
    out[i] = std::max(0.0, eigenvalues[eigenvalues.size() - 1 - i] * factor);
}

// The standard deviation of n values from the sum of their squared distances from the mean.
inline double standard_deviation(double squares, std::size_t n) {
  return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(n - 1, 1)));
}

// Scales a matrix with a non-negative diagonal by a power of two, so that its largest diagonal entry is about
// 1, and returns the inverse factor.
inline double scale_to_one(std::size_t n, double* a) {
  double largest = 0;
  for (std::size_t i = 0; i < n; i++) largest = std::max(largest, a[i * n + i]);
  if (largest == 0) return 1;
  const int exponent = std::ilogb(largest);
  const double factor = std::ldexp(1.0, -exponent);
  for (std::size_t i = 0; i < n * n; i++) a[i] *= factor;
  return std::ldexp(1.0, exponent);
}

}  // namespace god
