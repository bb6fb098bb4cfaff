#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "base/random.hpp"
#include "pca/pca.hpp"

namespace {

struct Table {
  std::vector<float> data;
  std::size_t rows, cols;
  god::ConstMatrix32 view() const { return {data.data(), rows, cols}; }
};

// Mixed columns of decreasing scale around `center`, which moves by `drift` from the first row to the last.
Table made(std::size_t rows, std::size_t cols, double center, double drift, double size = 1) {
  const god::RandomStream random(rows * 1000 + cols, 0);
  Table x{std::vector<float>(rows * cols), rows, cols};
  for (std::size_t i = 0; i < rows; i++) {
    double last = 0;
    for (std::size_t j = 0; j < cols; j++) {
      last = 0.4 * last + random.normal(i * cols + j) / (1 + 0.1 * static_cast<double>(j));
      x.data[i * cols + j] = static_cast<float>(
          size * (last + center + drift * static_cast<double>(i) / static_cast<double>(rows)));
    }
  }
  return x;
}

struct Fit {
  std::vector<double> mean, variance;
  std::vector<float> components;
};

Fit fit(const Table& x, std::size_t k, std::size_t threads = 2) {
  god::Monitor monitor;
  Fit f{std::vector<double>(x.cols), std::vector<double>(std::min(x.rows, x.cols)),
        std::vector<float>(k * x.cols)};
  god::pca_fit(x.view(), {threads, monitor},
               {f.mean.data(), {f.components.data(), k, x.cols}, f.variance.data()});
  CHECK(monitor.progress() == 1);
  return f;
}

// Covariance in float64, two passes, and its eigenvectors by Jacobi rotations (Golub and Van Loan, 8.5).
struct Reference {
  std::vector<double> mean, values;
  std::vector<std::vector<double>> vectors;

  explicit Reference(const Table& x) : mean(x.cols, 0.0) {
    const std::size_t d = x.cols;
    for (std::size_t i = 0; i < x.rows; i++) {
      for (std::size_t j = 0; j < d; j++)
        mean[j] += static_cast<double>(x.data[i * d + j]) / static_cast<double>(x.rows);
    }
    std::vector<double> a(d * d, 0.0), v(d * d, 0.0);
    for (std::size_t r = 0; r < x.rows; r++) {
      for (std::size_t i = 0; i < d; i++) {
        for (std::size_t j = 0; j < d; j++)
          a[i * d + j] += (static_cast<double>(x.data[r * d + i]) - mean[i]) *
                          (static_cast<double>(x.data[r * d + j]) - mean[j]) /
                          static_cast<double>(x.rows - 1);
      }
    }
    for (std::size_t i = 0; i < d; i++) v[i * d + i] = 1;
    for (int sweep = 0; sweep < 30; sweep++) {
      for (std::size_t p = 0; p < d; p++) {
        for (std::size_t q = p + 1; q < d; q++) rotate(a, v, d, p, q);
      }
    }
    std::vector<std::size_t> order(d);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return a[i * d + i] > a[j * d + j]; });
    for (std::size_t i : order) {
      values.push_back(a[i * d + i]);
      std::vector<double> column(d);
      for (std::size_t j = 0; j < d; j++) column[j] = v[j * d + i];
      vectors.push_back(column);
    }
  }

  static void rotate(std::vector<double>& a, std::vector<double>& v, std::size_t d, std::size_t p,
                     std::size_t q) {
    if (a[p * d + q] == 0) return;
    const double tau = (a[q * d + q] - a[p * d + p]) / (2 * a[p * d + q]);
    const double t = (tau >= 0 ? 1 : -1) / (std::abs(tau) + std::sqrt(1 + tau * tau));
    const double c = 1 / std::sqrt(1 + t * t), s = t * c;
    for (std::size_t k = 0; k < d; k++) {
      const double kp = a[k * d + p], kq = a[k * d + q];
      a[k * d + p] = c * kp - s * kq;
      a[k * d + q] = s * kp + c * kq;
    }
    for (std::size_t k = 0; k < d; k++) {
      const double pk = a[p * d + k], qk = a[q * d + k];
      a[p * d + k] = c * pk - s * qk;
      a[q * d + k] = s * pk + c * qk;
    }
    for (std::size_t k = 0; k < d; k++) {
      const double kp = v[k * d + p], kq = v[k * d + q];
      v[k * d + p] = c * kp - s * kq;
      v[k * d + q] = s * kp + c * kq;
    }
  }
};

// The cosine of the angle between component i and its reference, without the rounding of the component's
// length.
double cosine(const Fit& f, std::size_t i, const std::vector<double>& reference) {
  double dot = 0, squares = 0;
  for (std::size_t j = 0; j < reference.size(); j++) {
    const double loading = f.components[i * reference.size() + j];
    dot += loading * reference[j];
    squares += loading * loading;
  }
  return std::abs(dot) / std::sqrt(squares);
}

// The error allowed for an eigenvalue: `relative` of itself plus `of_largest` of the largest.
void check_against_reference(const Table& x, std::size_t k, double relative, double of_largest) {
  const Reference expected(x);
  const Fit f = fit(x, k);
  for (std::size_t i = 0; i < f.variance.size(); i++) {
    CAPTURE(i);
    CHECK(std::abs(f.variance[i] - expected.values[i]) <=
          relative * expected.values[i] + of_largest * expected.values[0]);
  }
  for (std::size_t i = 0; i < k; i++) {
    CAPTURE(i);
    CHECK(1 - cosine(f, i, expected.vectors[i]) < 1e-8);
  }
}

void check_orthonormal(const Fit& f, std::size_t k, std::size_t d) {
  for (std::size_t a = 0; a < k; a++) {
    for (std::size_t b = a; b < k; b++) {
      double dot = 0;
      for (std::size_t j = 0; j < d; j++)
        dot += static_cast<double>(f.components[a * d + j]) * static_cast<double>(f.components[b * d + j]);
      CHECK(std::abs(dot - (a == b ? 1 : 0)) < 2e-6);
    }
  }
}

}  // namespace

TEST_CASE("a fit agrees with Jacobi's eigenvalues of the float64 covariance") {
  check_against_reference(made(3000, 12, 0, 0), 12, 1e-12, 0);      // float64 throughout
  check_against_reference(made(9000, 80, 3, 0), 10, 1e-6, 0);       // float32 after the first block
  check_against_reference(made(9000, 80, 1000, 0), 10, 1e-6, 0);    // far from the origin
  check_against_reference(made(9000, 80, 0, 2000), 1, 1e-6, 1e-9);  // with a mean that drifts
}

TEST_CASE("the scale of the data does not matter, down to and up to float32's limits") {
  const Reference expected(made(5000, 70, 2, 0));
  for (double size : {1e-30, 1e-12, 1e10, 1e18, 1e36}) {
    CAPTURE(size);
    const Fit f = fit(made(5000, 70, 2, 0, size), 5);
    for (std::size_t i = 0; i < 5; i++)
      CHECK(f.variance[i] / size / size == doctest::Approx(expected.values[i]).epsilon(2e-6));
  }
}

TEST_CASE("more columns than rows give the spectrum of the transpose and orthonormal components") {
  const Table x = made(25, 60, 1, 0);
  const Reference expected(x);
  const Fit f = fit(x, 25);
  for (std::size_t i = 0; i < 24; i++)
    CHECK(f.variance[i] == doctest::Approx(expected.values[i]).epsilon(1e-9));
  CHECK(f.variance[24] < 1e-12);
  check_orthonormal(f, 25, 60);
}

TEST_CASE("rank-deficient, constant and single-row data give orthonormal components and zero variances") {
  Table twice = made(300, 6, 0, 0);
  for (std::size_t i = 0; i < 300; i++) {
    for (std::size_t j = 0; j < 3; j++) twice.data[i * 6 + 3 + j] = twice.data[i * 6 + j];
  }
  const Fit f = fit(twice, 6);
  CHECK(f.variance[2] > 0.1);
  for (std::size_t i = 3; i < 6; i++) CHECK(f.variance[i] < 1e-14);
  check_orthonormal(f, 6, 6);
  for (const auto& [rows, cols] :
       {std::pair<std::size_t, std::size_t>{50, 7}, {7, 50}, {1, 1}, {1, 9}, {3000, 70}}) {
    CAPTURE(rows);
    const Table constant{std::vector<float>(rows * cols, 4.25F), rows, cols};
    const std::size_t rank = std::min(rows, cols);
    const Fit c = fit(constant, rank);
    for (double variance : c.variance) CHECK(variance == 0);
    for (double mean : c.mean) CHECK(mean == 4.25);
    check_orthonormal(c, rank, cols);
  }
}

TEST_CASE("fits of tall and wide data are bit-identical for any number of threads") {
  for (const Table& x : {made(9000, 80, 1, 3), made(90, 900, 1, 3), made(20000, 20, 1, 3)}) {
    const Fit one = fit(x, 20, 1);
    for (std::size_t threads : {2, 3, 8}) {
      const Fit many = fit(x, 20, threads);
      CHECK(one.components == many.components);
      CHECK(one.variance == many.variance);
      CHECK(one.mean == many.mean);
    }
  }
}

TEST_CASE("rows added in whole blocks give the bits of a single call, and merged parts agree closely") {
  const Table x = made(7000, 70, 5, 1);
  god::Monitor monitor;
  const god::ConstMatrix32 none{nullptr, 0, 70};
  god::Moments once = god::no_moments(70), parts = god::no_moments(70), left = god::no_moments(70);
  god::add_rows(once, {none, x.view()}, {2, monitor}, 1);
  const std::size_t cut = 2 * god::moments_block_rows(70);
  god::add_rows(parts, {none, {x.data.data(), cut, 70}}, {2, monitor}, 1);
  // The rest, in two stacked parts whose border is inside a block.
  god::add_rows(
      parts, {{x.data.data() + cut * 70, 100, 70}, {x.data.data() + (cut + 100) * 70, 7000 - cut - 100, 70}},
      {2, monitor}, 1);
  CHECK(once.mean == parts.mean);
  CHECK(once.scatter == parts.scatter);

  god::Moments right = god::no_moments(70);
  god::add_rows(left, {none, {x.data.data(), 1234, 70}}, {2, monitor}, 1);
  god::add_rows(right, {none, {x.data.data() + 1234 * 70, 7000 - 1234, 70}}, {2, monitor}, 1);
  god::add_moments(left, right);
  CHECK(left.count == 7000);
  for (std::size_t i = 0; i < 70; i++)
    CHECK(left.scatter[i * 71] == doctest::Approx(once.scatter[i * 71]).epsilon(1e-6));
}

TEST_CASE("projections of whitened components have unit variance, and the inverse restores the data") {
  const Table x = made(4000, 70, 100, 0);
  const Fit f = fit(x, 70);
  std::vector<double> scale(70);
  for (std::size_t i = 0; i < 70; i++) scale[i] = std::sqrt(f.variance[i]);
  std::vector<float> z(x.data.size()), back(x.data.size());
  god::Monitor monitor;
  const god::ConstMatrix32 components{f.components.data(), 70, 70};
  god::pca_transform(x.view(), f.mean.data(), components, scale.data(), {2, monitor}, {z.data(), 4000, 70});
  for (std::size_t j = 0; j < 70; j++) {
    double squares = 0;
    for (std::size_t i = 0; i < 4000; i++)
      squares += static_cast<double>(z[i * 70 + j]) * static_cast<double>(z[i * 70 + j]);
    CHECK(squares / 3999 == doctest::Approx(1).epsilon(1e-5));
  }
  god::pca_inverse_transform({z.data(), 4000, 70}, f.mean.data(), components, scale.data(), {2, monitor},
                             {back.data(), 4000, 70});
  for (std::size_t i = 0; i < back.size(); i++) CHECK(std::abs(back[i] - x.data[i]) < 2e-4F);
}

TEST_CASE("errors name values that are not finite, and differences beyond float32 are refused") {
  for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{5000, 70}, {500, 6}, {6, 500}}) {
    for (const std::size_t at : {std::size_t{0}, rows * cols / 2 + 3, rows * cols - 1}) {
      Table x = made(rows, cols, 0, 0);
      x.data[at] = std::numeric_limits<float>::quiet_NaN();
      const std::string place = "row " + std::to_string(at / cols) + ", column " + std::to_string(at % cols);
      CHECK_THROWS_WITH_AS(fit(x, 2), doctest::Contains(place.c_str()), std::invalid_argument);
      x.data[at] = -std::numeric_limits<float>::infinity();
      CHECK_THROWS_WITH_AS(fit(x, 2), doctest::Contains(place.c_str()), std::invalid_argument);
    }
  }
  Table distant = made(5000, 70, 0, 0);
  distant.data[70 * 4000] = 3.4e38F;
  for (std::size_t i = 2000; i < 3000; i++) distant.data[70 * i] = -3.4e38F;
  CHECK_THROWS_AS(fit(distant, 2), std::invalid_argument);
}

TEST_CASE("a fit that is stopped ends with Cancelled") {
  const Table x = made(4000, 30, 0, 0);
  god::Monitor monitor;
  monitor.stop();
  Fit f{std::vector<double>(30), std::vector<double>(30), std::vector<float>(60)};
  CHECK_THROWS_AS(
      god::pca_fit(x.view(), {2, monitor}, {f.mean.data(), {f.components.data(), 2, 30}, f.variance.data()}),
      god::Cancelled);
}

TEST_CASE("columns divided by their deviations give the same components in any units") {
  for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{3000, 70}, {300, 6}, {20, 90}}) {
    const Table x = made(rows, cols, 2, 0);
    Table other = x;
    for (std::size_t e = 0; e < other.data.size(); e++)
      other.data[e] *= std::ldexp(1.0F, static_cast<int>(e % cols % 40) - 20);
    const auto scaled = [&](const Table& table) {
      god::Monitor monitor;
      Fit f{std::vector<double>(cols), std::vector<double>(std::min(rows, cols)),
            std::vector<float>(3 * cols)};
      std::vector<double> deviation(cols);
      god::pca_fit(table.view(), {2, monitor},
                   {f.mean.data(), {f.components.data(), 3, cols}, f.variance.data(), deviation.data()});
      return f;
    };
    const Fit expected = scaled(x), actual = scaled(other);
    for (std::size_t i = 0; i < 3; i++) {
      CHECK(std::abs(actual.variance[i] / expected.variance[i] - 1) < 1e-6);
      for (std::size_t j = 0; j < cols; j++)
        CHECK(std::abs(actual.components[i * cols + j] - expected.components[i * cols + j]) < 1e-3F);
    }
  }
}
