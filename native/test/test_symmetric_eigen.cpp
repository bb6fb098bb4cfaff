#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/spectra_join.hpp"
#include "base/symmetric_eigen.hpp"
#include "support.hpp"

using test::normals;

namespace {

std::vector<double> symmetric(std::size_t n, std::uint64_t seed) {
  const std::vector<double> half = normals<double>(n * n, seed);
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < n; j++) a[i * n + j] = half[i * n + j] + half[j * n + i];
  }
  return a;
}

// |A v - lambda v| of row `i` of `vectors`.
double residual(const std::vector<double>& a, std::size_t n, const double* v, double value) {
  double squares = 0;
  for (std::size_t i = 0; i < n; i++) {
    double sum = -value * v[i];
    for (std::size_t j = 0; j < n; j++) sum += a[i * n + j] * v[j];
    squares += sum * sum;
  }
  return std::sqrt(squares);
}

double dot(const double* a, const double* b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

// The largest error of the eigenpairs of `a`: in the definition of an eigenvector, in orthonormality, and in
// the first two moments of the spectrum (trace and Frobenius norm).
double worst_error(const std::vector<double>& a, std::size_t n, std::size_t k, std::size_t threads = 1) {
  std::vector<double> v = a;
  const std::vector<double> values = god::symmetric_eigen_largest(n, k, v.data(), threads);
  double trace = 0, squares = 0, largest = 0, worst = 0;
  for (std::size_t i = 0; i < n; i++) {
    trace += a[i * n + i] - values[i];
    squares += dot(&a[i * n], &a[i * n], n) - values[i] * values[i];
    largest = std::max(largest, std::abs(values[i]));
    REQUIRE((i == 0 || values[i] >= values[i - 1]));
  }
  for (std::size_t i = n - k; i < n; i++) {
    worst = std::max(worst, residual(a, n, &v[i * n], values[i]) / largest);
    for (std::size_t j = i; j < n; j++)
      worst = std::max(worst, std::abs(dot(&v[i * n], &v[j * n], n) - (i == j ? 1 : 0)));
  }
  const double size = static_cast<double>(n);
  return std::max(
      {worst, std::abs(trace) / (size * largest), std::abs(squares) / (size * largest * largest)});
}

// A symmetric matrix with these eigenvalues, by Householder reflections.
std::vector<double> with_spectrum(const std::vector<double>& values, std::uint64_t seed) {
  const std::size_t n = values.size();
  std::vector<double> a(n * n, 0.0);
  for (std::size_t i = 0; i < n; i++) a[i * n + i] = values[i];
  for (std::uint64_t turn = 0; turn < 3; turn++) {
    const std::vector<double> u = normals<double>(n, 10 * seed + turn);
    const double scale = 2 / dot(u.data(), u.data(), n);
    const auto reflect = [&](double* x, std::size_t stride) {
      double sum = 0;
      for (std::size_t j = 0; j < n; j++) sum += x[j * stride] * u[j];
      for (std::size_t j = 0; j < n; j++) x[j * stride] -= scale * sum * u[j];
    };
    for (std::size_t i = 0; i < n; i++) reflect(&a[i * n], 1);
    for (std::size_t i = 0; i < n; i++) reflect(&a[i], n);
  }
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < i; j++) a[i * n + j] = a[j * n + i];
  }
  return a;
}

// Wilkinson's tridiagonal matrix, with `beside` next to the diagonal.
std::vector<double> wilkinson(std::size_t n, double beside) {
  std::vector<double> a(n * n, 0.0);
  for (std::size_t i = 0; i < n; i++) {
    a[i * n + i] = std::abs(static_cast<double>(i) - static_cast<double>(n / 2));
    if (i + 1 < n) a[i * n + i + 1] = a[(i + 1) * n + i] = beside;
  }
  return a;
}

// Numbers of vectors for which either method is used.
std::vector<std::size_t> counts(std::size_t n) {
  return {std::size_t{1}, n / 15, n / 4, n / 2, n};
}

}  // namespace

TEST_CASE("eigenvectors satisfy A v = lambda v, are orthonormal, and eigenvalues ascend") {
  for (std::size_t n : {1, 2, 3, 4, 5, 6, 40, 65, 130, 300}) {
    for (std::size_t k : counts(n)) CHECK(worst_error(symmetric(n, n), n, k) < 4e-14);
  }
}

TEST_CASE("eigenpairs are correct if eigenvalues are equal, close, tiny or far apart") {
  const std::size_t n = 150;
  std::vector<std::vector<double>> spectra(5, std::vector<double>(n));
  for (std::size_t i = 0; i < n; i++) {
    const double x = static_cast<double>(i);
    spectra[0][i] = i < 50 ? 0 : i < 125 ? 2 : 3;
    spectra[1][i] = 1 + 1e-13 * x;
    spectra[2][i] = std::pow(2.0, -x);
    spectra[3][i] = i == 0 ? 1 : 1e-9 * x;
    spectra[4][i] = i % 2 == 0 ? x : -x;
  }
  for (std::size_t s = 0; s < spectra.size(); s++) {
    const std::vector<double> a = with_spectrum(spectra[s], s);
    for (std::size_t k : counts(n)) {
      CAPTURE(s);
      CAPTURE(k);
      // Few vectors come from LAPACK's dstemr. This is what LAPACK's own tests allow it: 30 n units in the last place.
      CHECK(worst_error(a, n, k) < 30 * static_cast<double>(n) * 0x1p-52);
    }
    std::vector<double> v = a, sorted = spectra[s];
    std::sort(sorted.begin(), sorted.end());
    const std::vector<double> values = god::symmetric_eigen_largest(n, n, v.data());
    for (std::size_t i = 0; i < n; i++)
      CHECK(std::abs(values[i] - sorted[i]) < 1e-13 * std::abs(sorted[n - 1]));
  }
}

TEST_CASE("eigenpairs are correct if the matrix is already tridiagonal or diagonal, or zero") {
  for (std::size_t n : {21, 22, 101}) {
    for (const double beside : {0.0, 1e-300, 1e-14, 1.0, 50.0}) {
      for (std::size_t k : counts(n)) CHECK(worst_error(wilkinson(n, beside), n, k) < 3e-14);
    }
  }
  std::vector<double> zero(49 * 49, 0.0);
  for (const double value : god::symmetric_eigen_largest(49, 49, zero.data())) CHECK(value == 0);
  for (std::size_t i = 0; i < 49; i++) CHECK(dot(&zero[i * 49], &zero[i * 49], 49) == doctest::Approx(1));
}

TEST_CASE("results are bit-identical for any number of threads") {
  const std::size_t n = 203;
  const std::vector<double> a = symmetric(n, 1);
  for (std::size_t k : counts(n)) {
    std::vector<double> one = a;
    const std::vector<double> values = god::symmetric_eigen_largest(n, k, one.data(), 1);
    for (std::size_t threads : {2, 3, 8}) {
      std::vector<double> many = a;
      CHECK(god::symmetric_eigen_largest(n, k, many.data(), threads) == values);
      CHECK(std::memcmp(&many[(n - k) * n], &one[(n - k) * n], k * n * sizeof(double)) == 0);
    }
  }
}

TEST_CASE("spectra of halves without a joint are merged") {
  god::Halves halves{4, 2, 0, {1, 5, 2, 3}, std::vector<double>(16, 0.0)};
  for (std::size_t i = 0; i < 4; i++) halves.vectors[i * 5] = 1;
  std::vector<double> vectors(8);
  CHECK(god::join_spectra(std::move(halves), 2, vectors.data(), 1) == std::vector<double>{1, 2, 3, 5});
  CHECK(vectors == std::vector<double>{0, 0, 0, 1, 0, 1, 0, 0});
}
