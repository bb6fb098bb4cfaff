#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "base/random.hpp"
#include "support.hpp"
#include "tsne/descent.hpp"
#include "tsne/fft.hpp"
#include "tsne/interpolation.hpp"

using test::normals;

namespace {

using god::kFftLanes;
using Complex = std::complex<double>;

constexpr double kTau = 6.283185307179586477;

std::vector<god::ComplexLanes> random_lanes(std::size_t length) {
  const god::RandomStream random(3, length);
  std::vector<god::ComplexLanes> data(length);
  for (std::size_t k = 0; k < length; k++) {
    for (std::size_t l = 0; l < kFftLanes; l++) {
      data[k].re.at[l] = static_cast<float>(random.normal((k * kFftLanes + l) * 2));
      data[k].im.at[l] = static_cast<float>(random.normal((k * kFftLanes + l) * 2 + 1));
    }
  }
  return data;
}

// One coefficient of a transform, by the definition.
Complex fourier(const std::vector<god::ComplexLanes>& x, std::size_t lane, double frequency) {
  Complex sum = 0;
  for (std::size_t k = 0; k < x.size(); k++) {
    const double angle = -kTau * frequency * static_cast<double>(k) / static_cast<double>(x.size());
    sum += Complex(x[k].re.at[lane], x[k].im.at[lane]) * std::polar(1.0, angle);
  }
  return sum;
}

struct Field {
  double z = 0;
  std::vector<double> force;
};

// The exact field, in double precision over all pairs.
Field exact(const std::vector<float>& y) {
  const std::size_t n = y.size() / 2;
  Field field{0, std::vector<double>(2 * n, 0)};
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < n; j++) {
      if (i == j) continue;
      const double dx = double{y[2 * i]} - double{y[2 * j]};
      const double dy = double{y[2 * i + 1]} - double{y[2 * j + 1]};
      const double kernel = 1 / (1 + dx * dx + dy * dy);
      field.z += kernel;
      field.force[2 * i] += kernel * kernel * dx;
      field.force[2 * i + 1] += kernel * kernel * dy;
    }
  }
  return field;
}

struct Result {
  std::vector<float> force;
  double z = 0;
};

Result interpolated(god::InterpolatedRepulsion& repulsion, const std::vector<float>& y) {
  Result result{std::vector<float>(y.size(), -1.0f), 0};
  REQUIRE(repulsion.fit(y.data()) > 0);
  repulsion.run(y.data(), result.force.data());
  result.z = repulsion.normalizer();
  return result;
}
Result interpolated(const std::vector<float>& y, double spacing, std::size_t threads = 2) {
  god::InterpolatedRepulsion repulsion(y.size() / 2, spacing, threads);
  return interpolated(repulsion, y);
}

// The length of the difference divided by the length of `expected`.
double relative_error(const std::vector<float>& got, const std::vector<double>& expected) {
  double difference = 0, length = 0;
  for (std::size_t e = 0; e < got.size(); e++) {
    difference += std::pow(double{got[e]} - expected[e], 2);
    length += expected[e] * expected[e];
  }
  return std::sqrt(difference / length);
}

// Two crowds of different size, far from each other.
std::vector<float> far_apart(std::size_t n) {
  std::vector<float> y = normals(2 * n, 5, 6);
  for (std::size_t i = 0; i < n; i += 3) {
    y[2 * i] += 310;
    y[2 * i + 1] -= 95;
  }
  return y;
}

std::vector<float> on_a_line(std::size_t n) {
  std::vector<float> y = normals(2 * n, 9, 30);
  for (std::size_t i = 0; i < n; i++) y[2 * i] = 4;
  return y;
}

// Affinities that link each point to the following ones.
god::Affinities chain(std::size_t n) {
  god::Affinities p;
  for (std::size_t i = 0; i < n; i++) {
    p.offsets.push_back(p.columns.size());
    for (std::size_t k = 1; k <= 8; k++) {
      for (const std::size_t j : {(i + k) % n, (i + n - k) % n}) {
        p.columns.push_back(static_cast<std::uint32_t>(j));
        p.values.push_back(static_cast<float>(1 / (16.0 * static_cast<double>(n))));
      }
    }
  }
  p.offsets.push_back(p.columns.size());
  return p;
}

std::vector<float> descended(std::size_t n, god::RepulsionMethod method, std::size_t threads,
                             double* divergence = nullptr) {
  const std::vector<float> start = normals(2 * n, 1, 1e-4);
  god::Descent<2> descent(chain(n), start.data(), 0.5, threads, method);
  for (int i = 0; i < 120; i++) {
    descent.compute_forces();
    descent.step({i < 40 ? 8.0 : 1.0, static_cast<double>(n) / (i < 40 ? 8 : 1), 0.8});
  }
  std::vector<float> y(2 * n);
  descent.write(y.data());
  if (divergence != nullptr) *divergence = descent.exact_divergence(god::Monitor{});
  return y;
}

}  // namespace

TEST_CASE("a transform and its inverse agree with the definition for every combination of radices") {
  for (const std::size_t length : {1, 2, 3, 4, 5, 8, 16, 30, 45, 48, 75, 160, 240, 400, 1024}) {
    CAPTURE(length);
    const god::FftPlan plan(length);
    const std::vector<god::ComplexLanes> x = random_lanes(length);
    std::vector<god::ComplexLanes> data = x;
    god::fft_simd().forward(plan.view(), data.data());
    std::vector<bool> seen(length);
    const double tolerance =
        2e-6 * std::sqrt(static_cast<double>(length) * std::log2(static_cast<double>(length + 1)));
    for (std::size_t place = 0; place < length; place++) {
      const std::size_t frequency = plan.frequency(place);
      REQUIRE(frequency < length);
      seen[frequency] = true;
      for (const std::size_t lane : {0, 7, 15}) {
        const Complex got(data[place].re.at[lane], data[place].im.at[lane]);
        REQUIRE(std::abs(got - fourier(x, lane, static_cast<double>(frequency))) < tolerance);
      }
    }
    CHECK(std::count(seen.begin(), seen.end(), true) == static_cast<std::ptrdiff_t>(length));
    god::fft_simd().inverse(plan.view(), data.data());
    for (std::size_t k = 0; k < length; k++) {
      for (std::size_t l = 0; l < kFftLanes; l++) {
        const auto scale = static_cast<float>(length);
        REQUIRE(data[k].re.at[l] / scale == doctest::Approx(x[k].re.at[l]).epsilon(1e-5).scale(1));
        REQUIRE(data[k].im.at[l] / scale == doctest::Approx(x[k].im.at[l]).epsilon(1e-5).scale(1));
      }
    }
  }
}

TEST_CASE("a rotation shifts frequencies") {
  const god::FftPlan plan(48);
  const std::vector<god::ComplexLanes> x = random_lanes(48);
  for (const double shift : {0.25, 0.5}) {
    std::vector<god::ComplexLanes> data(48);
    god::fft_simd().rotate(plan.rotation(shift).data(), 48, x.data(), data.data());
    god::fft_simd().forward(plan.view(), data.data());
    for (std::size_t place = 0; place < 48; place++) {
      const Complex expected = fourier(x, 3, static_cast<double>(plan.frequency(place)) + shift);
      REQUIRE(std::abs(Complex(data[place].re.at[3], data[place].im.at[3]) - expected) < 5e-5);
    }
  }
}

TEST_CASE("fft_length gives the smallest multiple of 16 whose prime factors are 2, 3 and 5") {
  CHECK(god::fft_length(0) == 16);
  CHECK(god::fft_length(16) == 16);
  CHECK(god::fft_length(17) == 32);
  CHECK(god::fft_length(97) == 128);   // not 7 x 16
  CHECK(god::fft_length(700) == 720);  // not 11 x 4 x 16
  CHECK(god::fft_length(4096) == 4096);
  CHECK_THROWS_AS(god::FftPlan(7), std::invalid_argument);
  CHECK_THROWS_AS(god::FftPlan(0), std::invalid_argument);
}

TEST_CASE("forces and normalizer agree with sums over all pairs") {
  const std::size_t n = 2000;
  struct Layout {
    const char* name;
    std::vector<float> y;
    double force_error, z_error;  // at most
  };
  const Layout layouts[] = {
      {"crowd", normals(2 * n, 1, 5), 0.01, 3e-4},
      {"far apart", far_apart(n), 0.01, 3e-4},
      {"of extent 1", normals(2 * n, 3, 0.2), 0.01, 1e-5},
      {"at the start", normals(2 * n, 4, 1e-4), 0.01, 1e-6},
      // Points with single neighbors, at distances where the kernel is steepest.
      {"sparse", normals(2 * n, 2, 40), 0.06, 1e-3},
      // All points are at the same place between two columns of nodes, so that errors add up.
      {"on a line", on_a_line(n), 0.2, 2e-3},
  };
  for (const Layout& layout : layouts) {
    CAPTURE(layout.name);
    const Field expected = exact(layout.y);
    const Result coarse = interpolated(layout.y, 0.4);
    CHECK(relative_error(coarse.force, expected.force) < layout.force_error);
    CHECK(coarse.z == doctest::Approx(expected.z).epsilon(layout.z_error));
    const Result fine = interpolated(layout.y, 0.2);
    CHECK(relative_error(fine.force, expected.force) < layout.force_error / 8);
    CHECK(fine.z == doctest::Approx(expected.z).epsilon(layout.z_error / 5));
  }
}

TEST_CASE("equal points exert no force on each other") {
  const std::size_t n = 5000;
  const std::vector<float> y(2 * n, 3.25f);
  const Result result = interpolated(y, 0.5);
  CHECK(result.z == doctest::Approx(static_cast<double>(n) * (n - 1)).epsilon(1e-6));
  for (const float f : result.force) REQUIRE(std::abs(f) < 1e-3f * n);
}

TEST_CASE("one and two points give the forces of all pairs") {
  CHECK(interpolated({1, 2}, 0.5).z < 1e-3);
  const Result pair = interpolated({0, 0, 3, 4}, 0.5);
  CHECK(pair.z == doctest::Approx(2.0 / 26).epsilon(0.01));
  CHECK(pair.force[2] == doctest::Approx(3.0 / 26 / 26).epsilon(0.02));
  CHECK(pair.force[1] == doctest::Approx(-4.0 / 26 / 26).epsilon(0.02));
}

TEST_CASE("forces are bit-identical for any number of threads") {
  for (const std::vector<float>& y :
       {normals(20000, 1, 30), far_apart(9000), std::vector<float>(20000, 1.0f)}) {
    const Result one = interpolated(y, 0.5, 1);
    for (const std::size_t threads : {2, 3}) {
      const Result more = interpolated(y, 0.5, threads);
      CHECK(more.force == one.force);
      CHECK(more.z == one.z);
    }
  }
}

TEST_CASE("results do not depend on layouts computed before") {
  const std::size_t n = 3000;
  god::InterpolatedRepulsion reused(n, 0.5, 2);
  for (const double size : {40.0, 1e-4, 90.0, 5.0}) {
    const std::vector<float> y = normals(2 * n, 8, size);
    const Result again = interpolated(reused, y);
    const Result fresh = interpolated(y, 0.5);
    CHECK(again.force == fresh.force);
    CHECK(again.z == fresh.z);
  }
}

TEST_CASE("fit returns 0 for a layout that takes too many nodes") {
  god::InterpolatedRepulsion repulsion(3, 0.5, 1);
  CHECK(repulsion.fit(std::vector<float>{0, 0, 2000, 0, 1, 1}.data()) == 4096 * 16);
  CHECK(repulsion.fit(std::vector<float>{0, 0, 2100, 0, 1, 1}.data()) == 0);
  CHECK(repulsion.fit(std::vector<float>{-1e6f, 0, 1e6f, 1e6f, 1, 1}.data()) == 0);
}

TEST_CASE("a descent by grid reaches nearly the divergence of one by cells, even for a sparse map") {
  double by_cells, by_grid;
  descended(3000, god::RepulsionMethod::kCells, 2, &by_cells);
  descended(3000, god::RepulsionMethod::kGrid, 2, &by_grid);
  CHECK(by_grid == doctest::Approx(by_cells).epsilon(0.06));
}

TEST_CASE("a descent that switches between grid and cells is bit-identical for any number of threads") {
  const std::vector<float> one = descended(3000, god::RepulsionMethod::kAuto, 1);
  CHECK(descended(3000, god::RepulsionMethod::kAuto, 2) == one);
  CHECK(descended(3000, god::RepulsionMethod::kAuto, 3) == one);
  CHECK(descended(3000, god::RepulsionMethod::kCells, 1) != one);
}

TEST_CASE("cells are used if the grid would be too large") {
  const std::size_t n = 300;
  std::vector<float> y = normals(2 * n, 1, 2);
  y[0] = 9000;
  std::vector<float> by_grid(2 * n), by_cells(2 * n);
  god::Descent<2> grid(chain(n), y.data(), 0.5, 2, god::RepulsionMethod::kGrid);
  god::Descent<2> cells(chain(n), y.data(), 0.5, 2, god::RepulsionMethod::kCells);
  grid.compute_forces();
  grid.write_gradient(by_grid.data());
  cells.compute_forces();
  cells.write_gradient(by_cells.data());
  CHECK(by_grid == by_cells);
}
