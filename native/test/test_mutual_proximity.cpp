#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "base/random.hpp"
#include "neighbors/mutual_proximity.hpp"

namespace {

struct Table {
  std::vector<float> data;
  std::vector<std::int32_t> groups;
  std::size_t rows, cols;
  god::GroupedRows grouped() const { return {{data.data(), rows, cols}, groups.data()}; }
};

Table normals(std::size_t rows, std::size_t cols, std::size_t groups, std::uint64_t seed, double scale = 1) {
  const god::RandomStream random(seed, 0);
  Table x{std::vector<float>(rows * cols), std::vector<std::int32_t>(rows), rows, cols};
  for (std::size_t i = 0; i < rows; i++) {
    x.groups[i] =
        static_cast<std::int32_t>(random.below(rows * cols + i, static_cast<std::uint32_t>(groups)));
    for (std::size_t c = 0; c < cols; c++) {
      const double center = 0.8 * x.groups[i] * std::sin(static_cast<double>(c));
      x.data[i * cols + c] = static_cast<float>(scale * (random.normal(i * cols + c) + center));
    }
  }
  return x;
}

double distance(const Table& a, std::size_t i, const Table& b, std::size_t j) {
  double sum = 0;
  for (std::size_t c = 0; c < a.cols; c++) {
    const double t = double{a.data[i * a.cols + c]} - b.data[j * b.cols + c];
    sum += t * t;
  }
  return std::sqrt(sum);
}

struct Moments {
  std::vector<double> means, deviations;
  god::DistanceMoments view() const { return {means.data(), deviations.data()}; }
};

Moments moments_of(const Table& from, const Table& to, std::size_t groups, std::size_t threads = 2) {
  god::Monitor monitor;
  Moments m{std::vector<double>(from.rows * groups), std::vector<double>(from.rows * groups)};
  god::distance_moments(from.grouped().rows, to.grouped(), groups, {threads, monitor}, m.means.data(),
                        m.deviations.data());
  CHECK(monitor.progress() == 1.0);
  return m;
}

// Moments by the definition, in double precision.
Moments plain_moments(const Table& from, const Table& to, std::size_t groups) {
  Moments m{std::vector<double>(from.rows * groups), std::vector<double>(from.rows * groups)};
  for (std::size_t i = 0; i < from.rows; i++) {
    for (std::size_t g = 0; g < groups; g++) {
      std::vector<double> all;
      for (std::size_t j = 0; j < to.rows; j++) {
        const bool itself = &from == &to && i == j;
        if (to.groups[j] == static_cast<std::int32_t>(g) && !itself) all.push_back(distance(from, i, to, j));
      }
      double mean = 0, squares = 0;
      for (const double d : all) mean += d / static_cast<double>(all.size());
      for (const double d : all) squares += (d - mean) * (d - mean);
      m.means[i * groups + g] = mean;
      m.deviations[i * groups + g] = all.empty() ? 0 : std::sqrt(squares / static_cast<double>(all.size()));
    }
  }
  return m;
}

struct Found {
  std::vector<std::int32_t> indices;
  std::vector<double> proximities;
  std::vector<float> distances;
};

Found search(const Table& queries, const Table& points, std::size_t groups, std::size_t k,
             std::size_t threads = 2) {
  const Moments of_points = moments_of(points, points, groups, threads);
  const Moments of_queries = moments_of(queries, points, groups, threads);
  const std::size_t size = queries.rows * groups * k;
  Found found{std::vector<std::int32_t>(size), std::vector<double>(size), std::vector<float>(size)};
  god::Monitor monitor;
  god::mutual_neighbors(queries.grouped(), of_queries.view(), points.grouped(), of_points.view(), groups, k,
                        {threads, monitor},
                        {found.indices.data(), found.proximities.data(), found.distances.data()});
  return found;
}

double beyond(double distance, double mean, double deviation) {
  return 0.5 * std::erfc((deviation > 0 ? (distance - mean) / deviation : 0) / std::sqrt(2.0));
}

// Compares with the definition: the proximities must be the k largest of the group, and each must be that of
// its row.
void check_definition(const Table& queries, const Table& points, std::size_t groups, std::size_t k,
                      double tolerance = 2e-5) {
  const Found found = search(queries, points, groups, k);
  const Moments of_points = plain_moments(points, points, groups);
  const Moments of_queries = plain_moments(queries, points, groups);
  for (std::size_t i = 0; i < queries.rows; i++) {
    for (std::size_t g = 0; g < groups; g++) {
      std::vector<double> all(points.rows, -1);
      std::vector<double> sorted;
      for (std::size_t j = 0; j < points.rows; j++) {
        if (points.groups[j] != static_cast<std::int32_t>(g) || (&queries == &points && i == j)) continue;
        const double d = distance(queries, i, points, j);
        const std::size_t mine = i * groups + g;
        const std::size_t theirs = j * groups + static_cast<std::size_t>(queries.groups[i]);
        all[j] = beyond(d, of_queries.means[mine], of_queries.deviations[mine]) *
                 beyond(d, of_points.means[theirs], of_points.deviations[theirs]);
        sorted.push_back(all[j]);
      }
      std::sort(sorted.rbegin(), sorted.rend());
      for (std::size_t e = 0; e < k; e++) {
        const std::size_t at = (i * groups + g) * k + e;
        if (e >= sorted.size()) {
          REQUIRE(found.indices[at] == -1);
          REQUIRE(found.proximities[at] == 0);
          continue;
        }
        REQUIRE(found.indices[at] >= 0);
        const auto j = static_cast<std::size_t>(found.indices[at]);
        REQUIRE(std::abs(found.proximities[at] - sorted[e]) <= tolerance);
        REQUIRE(std::abs(found.proximities[at] - all[j]) <= tolerance);
        REQUIRE(found.distances[at] == doctest::Approx(distance(queries, i, points, j)).epsilon(1e-5));
      }
    }
  }
}

}  // namespace

TEST_CASE("moments are means and standard deviations of distances, without a row's distance to itself") {
  const Table x = normals(2600, 12, 2, 1);
  const Moments found = moments_of(x, x, 2), plain = plain_moments(x, x, 2);
  for (std::size_t at = 0; at < plain.means.size(); at++) {
    REQUIRE(found.means[at] == doctest::Approx(plain.means[at]).epsilon(1e-6));
    REQUIRE(found.deviations[at] == doctest::Approx(plain.deviations[at]).epsilon(1e-5));
  }
}

TEST_CASE("neighbors in each group agree with the definition") {
  for (const std::size_t cols : {1, 2, 16, 42}) {
    const Table x = normals(700, cols, 3, 10 + cols);
    check_definition(x, x, 3, 5);
  }
}

TEST_CASE("groups larger than a tile and a single group agree with the definition") {
  const Table x = normals(2300, 6, 2, 3);
  check_definition(x, x, 2, 3);
  const Table alone = normals(400, 6, 1, 4);
  check_definition(alone, alone, 1, 4);
}

TEST_CASE("queries that are not among the points agree with the definition") {
  const Table points = normals(900, 10, 3, 5);
  const Table queries = normals(70, 10, 3, 6);
  check_definition(queries, points, 3, 4);
}

TEST_CASE("values of any size agree with the definition") {
  for (const double scale : {1e-20, 1e-6, 1e6, 1e15}) {
    const Table x = normals(300, 8, 2, 7, scale);
    check_definition(x, x, 2, 3);
  }
}

TEST_CASE("small groups leave places empty, and equal rows and constant distances are handled") {
  Table x = normals(40, 3, 2, 8);
  std::fill(x.groups.begin(), x.groups.end(), 0);
  x.groups[7] = x.groups[31] = 1;
  check_definition(x, x, 3, 5);
  std::fill(x.data.begin(), x.data.end(), 2.5F);
  check_definition(x, x, 3, 5);
  const Table one = normals(1, 3, 1, 9);
  check_definition(one, one, 1, 2);
}

TEST_CASE("pairs farther apart than both means are ranked correctly") {
  // All of group 1 are far from all of group 0, and near each other.
  Table x = normals(200, 4, 2, 12);
  for (std::size_t i = 0; i < x.rows; i++) x.data[i * 4] += x.groups[i] == 1 ? 1000.0F : 0.0F;

  // Distances of 1000 are rounded by 3e-5, and deviations are about 1.
  check_definition(x, x, 2, 100, 1e-4);
}

TEST_CASE("a row near all others is the neighbor of fewer rows than by distance") {
  const Table x = normals(1200, 30, 2, 13);
  const Found found = search(x, x, 2, 1);
  std::vector<int> chosen(x.rows), nearest(x.rows);
  for (std::size_t i = 0; i < x.rows; i++) {
    const auto other = static_cast<std::size_t>(1 - x.groups[i]);
    chosen[static_cast<std::size_t>(found.indices[i * 2 + other])]++;
    std::size_t best = x.rows;
    for (std::size_t j = 0; j < x.rows; j++) {
      if (x.groups[j] == x.groups[i]) continue;
      if (best == x.rows || distance(x, i, x, j) < distance(x, i, x, best)) best = j;
    }
    nearest[best]++;
  }
  CHECK(2 * *std::max_element(chosen.begin(), chosen.end()) <
        *std::max_element(nearest.begin(), nearest.end()));
}

TEST_CASE("results are bit-identical for any number of threads") {
  const Table x = normals(1500, 20, 3, 14);
  const Found one = search(x, x, 3, 4, 1);
  for (const std::size_t threads : {2, 3, 8}) {
    const Found other = search(x, x, 3, 4, threads);
    CHECK(one.indices == other.indices);
    CHECK(one.proximities == other.proximities);
    CHECK(one.distances == other.distances);
  }
}

TEST_CASE("a query's result does not depend on the other queries") {
  const Table points = normals(1500, 42, 3, 16);
  Table queries = normals(1000, 42, 3, 17);
  // Sizes that need a different unit from the others.
  std::fill_n(&queries.data[10 * 42], 42, 1e30F);
  std::fill_n(&queries.data[20 * 42], 42, 1e-30F);
  const Moments moments = moments_of(queries, points, 3);
  const Found found = search(queries, points, 3, 4);
  const auto part = [](const auto& all, std::size_t width, std::size_t first, std::size_t rows) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first * width);
    return std::decay_t<decltype(all)>(begin, begin + static_cast<std::ptrdiff_t>(rows * width));
  };
  const auto check = [&](std::size_t first, std::size_t rows) {
    const Table some{part(queries.data, 42, first, rows), part(queries.groups, 1, first, rows), rows, 42};
    const Moments measured = moments_of(some, points, 3);
    const Found searched = search(some, points, 3, 4);
    CHECK(measured.means == part(moments.means, 3, first, rows));
    CHECK(measured.deviations == part(moments.deviations, 3, first, rows));
    CHECK(searched.indices == part(found.indices, 12, first, rows));
    CHECK(searched.proximities == part(found.proximities, 12, first, rows));
    CHECK(searched.distances == part(found.distances, 12, first, rows));
  };
  for (const std::size_t first : {0, 5, 10, 11, 20, 127, 128, 500, 999}) check(first, 1);
  for (const std::size_t rows : {7, 256}) check(3, rows);
}

TEST_CASE("wrong groups and shapes are refused") {
  Table x = normals(20, 3, 2, 15);
  const Table narrow = normals(20, 2, 2, 15);
  god::Monitor monitor;
  std::vector<double> out(40);
  CHECK_THROWS_AS(
      god::distance_moments(narrow.grouped().rows, x.grouped(), 2, {1, monitor}, out.data(), out.data()),
      std::invalid_argument);
  x.groups[3] = 2;
  CHECK_THROWS_AS(
      god::distance_moments(x.grouped().rows, x.grouped(), 2, {1, monitor}, out.data(), out.data()),
      std::invalid_argument);
  x.groups[3] = -1;
  CHECK_THROWS_AS(
      god::distance_moments(x.grouped().rows, x.grouped(), 2, {1, monitor}, out.data(), out.data()),
      std::invalid_argument);
}
