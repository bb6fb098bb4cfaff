#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "agglomerative/ward/ward.hpp"
#include "base/random.hpp"
#include "support.hpp"

using god::ConstMatrix32;
using god::WardMethod;

using test::difference;
using test::normal_points;
using test::Points;

namespace {

std::vector<double> ward(const Points& points, std::size_t threads, WardMethod method = WardMethod::kAuto) {
  std::vector<double> linkage((points.rows - 1) * 4);
  god::Monitor monitor;
  god::ward_linkage(points.view(), {threads, monitor}, linkage.data(), method);
  return linkage;
}

// The definition, in O(n^3): merges the closest pair, ties to the lowest rows, until one cluster is left.
// Distances of merged clusters are by the recurrence of Lance and Williams (1967), in float64.
std::vector<double> greedy_ward(const Points& points) {
  const std::size_t n = points.rows;
  std::vector<double> d(n * n, 0.0);
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < n; j++) {
      for (std::size_t k = 0; k < points.cols; k++) {
        const double t = double{points.data[i * points.cols + k]} - points.data[j * points.cols + k];
        d[i * n + j] += t * t;
      }
    }
  }
  std::vector<double> linkage, size(n, 1.0);
  std::vector<std::size_t> label(n), live(n);
  for (std::size_t i = 0; i < n; i++) label[i] = live[i] = i;
  while (live.size() > 1) {
    std::size_t a = live[0], b = live[1];
    for (const std::size_t i : live) {
      for (const std::size_t j : live) {
        if (i < j && d[i * n + j] < d[a * n + b]) a = i, b = j;
      }
    }
    linkage.insert(linkage.end(), {static_cast<double>(std::min(label[a], label[b])),
                                   static_cast<double>(std::max(label[a], label[b])), std::sqrt(d[a * n + b]),
                                   size[a] + size[b]});
    live.erase(std::find(live.begin(), live.end(), b));
    for (const std::size_t k : live) {
      if (k == a) continue;
      const double sum = size[a] + size[b] + size[k];
      d[a * n + k] = d[k * n + a] =
          ((size[a] + size[k]) * d[a * n + k] + (size[b] + size[k]) * d[b * n + k] - size[k] * d[a * n + b]) /
          sum;
    }
    size[a] += size[b];
    label[a] = n + linkage.size() / 4 - 1;
  }
  return linkage;
}

// The heights of Ward's tree split the total sum of squares: sum of height^2 / 2 = sum over rows of |x -
// mean|^2.
double total_squares(const Points& points) {
  double total = 0;
  for (std::size_t k = 0; k < points.cols; k++) {
    double mean = 0;
    for (std::size_t i = 0; i < points.rows; i++) mean += points.data[i * points.cols + k];
    mean /= static_cast<double>(points.rows);
    for (std::size_t i = 0; i < points.rows; i++) {
      const double t = points.data[i * points.cols + k] - mean;
      total += t * t;
    }
  }
  return total;
}

double squares_of_heights(const std::vector<double>& linkage) {
  double total = 0;
  for (std::size_t i = 2; i < linkage.size(); i += 4) total += linkage[i] * linkage[i] / 2;
  return total;
}

}  // namespace

TEST_CASE("Ward's tree is the one that merging the closest pair each time gives, by tiles and by k-d tree") {
  for (const std::size_t rows : {2, 3, 5, 31, 33, 64, 150}) {
    for (const std::size_t cols : {1, 2, 3, 7, 16}) {
      const Points points = normal_points(rows, cols, rows * 100 + cols);
      const std::vector<double> expected = greedy_ward(points);
      CAPTURE(rows);
      CAPTURE(cols);
      CHECK(difference(ward(points, 2, WardMethod::kTiles), expected) <= 1e-9);
      CHECK(difference(ward(points, 2, WardMethod::kTree), expected) <= 1e-9);
    }
  }
}

TEST_CASE(
    "the float32 bound holds: near ties, large offsets and widely different scales give the exact tree") {
  for (std::uint64_t seed = 0; seed < 12; seed++) {
    Points points = normal_points(120, 20, 500 + seed);
    const god::RandomStream stream(seed, 2);
    for (std::size_t i = 0; i < points.data.size(); i++) {
      const std::size_t row = i / points.cols;
      float& x = points.data[i];
      switch (seed % 4) {
        case 0:  // blobs a thousand times as far apart as they are wide
          x = static_cast<float>(x * 1e-3 + 30 * stream.normal(row % 7 * points.cols + i % points.cols));
          break;
        case 1:  // far from the origin
          x = static_cast<float>(x + 4e5);
          break;
        case 2:  // rows of all scales
          x = static_cast<float>(x * std::pow(10.0, static_cast<double>(stream.below(row, 12)) - 6));
          break;
        default:  // distances that differ in the sixth digit: corners of a simplex, slightly moved
          x = static_cast<float>((i % points.cols == row % points.cols ? 1 : 0) + x * 1e-6 +
                                 (row >= points.cols ? 3.0 * static_cast<double>(row / points.cols) : 0));
      }
    }
    CAPTURE(seed);
    CHECK(difference(ward(points, 2, WardMethod::kTiles), greedy_ward(points)) <= 1e-9);
  }
}

TEST_CASE("ties go to the lowest rows") {
  // Points of a square grid. The centroids of the first rounds are dyadic numbers, so ties are exact.
  Points grid{{}, 64, 2};
  for (int i = 0; i < 64; i++) {
    grid.data.push_back(static_cast<float>(i % 8));
    grid.data.push_back(static_cast<float>(i / 8));
  }
  const std::vector<double> expected = greedy_ward(grid);
  CHECK(difference(ward(grid, 2, WardMethod::kTiles), expected) <= 1e-12);
  CHECK(difference(ward(grid, 2, WardMethod::kTree), expected) <= 1e-12);
}

TEST_CASE("results are bit-identical for any number of threads") {
  for (const std::size_t cols : {2, 42}) {
    const Points points = normal_points(3000, cols, 7);
    const std::vector<double> one = ward(points, 1);
    for (const std::size_t threads : {0, 2, 3, 8}) {
      const std::vector<double> many = ward(points, threads);
      CHECK(std::memcmp(one.data(), many.data(), one.size() * sizeof(double)) == 0);
    }
  }
}

TEST_CASE("equal rows are merged at height 0, however many there are") {
  Points equal{std::vector<float>(20000 * 3, 2.5F), 20000, 3};
  const std::vector<double> linkage = ward(equal, 2);
  for (std::size_t i = 2; i < linkage.size(); i += 4) REQUIRE(linkage[i] == 0);
  CHECK(linkage.back() == 20000);

  Points lumps = normal_points(40, 20, 3);
  for (int copies = 0; copies < 4; copies++)
    lumps.data.insert(lumps.data.end(), lumps.data.begin(), lumps.data.begin() + 800);
  lumps.rows = 200;
  CHECK(difference(ward(lumps, 2), greedy_ward(lumps)) <= 1e-9);
}

TEST_CASE("points that are all equally far apart do not take cubic time") {
  constexpr std::size_t kRows = 500;
  Points corners{std::vector<float>(kRows * kRows, 0.0F), kRows, kRows};
  for (std::size_t i = 0; i < kRows; i++) corners.data[i * kRows + i] = 1;
  const std::vector<double> linkage = ward(corners, 2);
  CHECK(squares_of_heights(linkage) == doctest::Approx(total_squares(corners)).epsilon(1e-9));
}

TEST_CASE("sizes whose number of pairs overflows 32 bits are clustered") {
  for (const std::size_t rows : {46341, 46342, 65535, 65536, 65537}) {
    const Points points = normal_points(rows, 3, rows);
    const std::vector<double> linkage = ward(points, 2);
    CHECK(squares_of_heights(linkage) == doctest::Approx(total_squares(points)).epsilon(1e-9));
    CHECK(linkage.back() == static_cast<double>(rows));
    CHECK(linkage[linkage.size() - 3] <= 2.0 * static_cast<double>(rows) - 3);
  }
}

TEST_CASE("unusual inputs give a tree or a clear error") {
  CHECK(ward({{1, 2}, 1, 2}, 1).empty());
  CHECK(ward({{}, 3, 0}, 1)[6] == 0);  // no columns: all rows are equal
  const std::vector<double> huge = ward({{1e30F, -1e30F, 3e38F, -3e38F}, 4, 1}, 1);
  CHECK(huge[2] == doctest::Approx(2e30));
  CHECK(std::isfinite(huge[10]));
  CHECK(ward({{1e-42F, 3e-42F}, 2, 1}, 1)[2] == doctest::Approx(2e-42).epsilon(1e-3));
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    CHECK_THROWS_AS(ward({{1, bad, 3, 4}, 2, 2}, 1), std::invalid_argument);
  }
  CHECK_THROWS_AS(ward({{}, 1, std::size_t{1} << 20}, 1), std::invalid_argument);
}

TEST_CASE("a request to stop cancels the run") {
  const Points points = normal_points(500, 8, 1);
  std::vector<double> linkage(499 * 4);
  god::Monitor monitor;
  monitor.stop();
  CHECK_THROWS_AS(god::ward_linkage(points.view(), {2, monitor}, linkage.data()), god::Cancelled);
}
