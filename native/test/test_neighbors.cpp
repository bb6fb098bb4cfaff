#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "base/random.hpp"
#include "neighbors/neighbors.hpp"
#include "support.hpp"

using test::normal_points;
using test::Points;

namespace {

struct Found {
  std::vector<std::uint32_t> indices;
  std::vector<float> distances;
};

Found among(const Points& x, std::size_t k, god::Metric metric = god::Metric::kEuclidean,
            std::size_t threads = 2) {
  god::Monitor monitor;
  Found f{std::vector<std::uint32_t>(x.rows * k), std::vector<float>(x.rows * k)};
  god::nearest_neighbors(x.view(), k, metric, {threads, monitor}, f.indices.data(), f.distances.data());
  return f;
}

double distance(const Points& a, std::size_t i, const Points& b, std::size_t j, god::Metric metric) {
  double dot = 0, aa = 0, bb = 0, difference = 0;
  for (std::size_t c = 0; c < a.cols; c++) {
    const double u = a.data[i * a.cols + c];
    const double v = b.data[j * b.cols + c];
    dot += u * v;
    aa += u * u;
    bb += v * v;
    difference += (u - v) * (u - v);
  }
  if (metric == god::Metric::kEuclidean) return std::sqrt(difference);
  if (aa == 0 || bb == 0) return aa == bb ? 0 : 1;
  return 1 - dot / std::sqrt(aa * bb);
}

// Compares with a full sort of all distances in double precision: the e-th distance found must be the e-th
// smallest, and belong to the index it is reported for, both within float32 rounding.
void check_exact(const Found& found, const Points& queries, const Points& points, bool themselves,
                 std::size_t k, god::Metric metric = god::Metric::kEuclidean, double tolerance = 2e-6) {
  for (std::size_t i = 0; i < queries.rows; i++) {
    std::vector<double> all;
    for (std::size_t j = 0; j < points.rows; j++) {
      if (!themselves || j != i) all.push_back(distance(queries, i, points, j, metric));
    }
    std::sort(all.begin(), all.end());
    std::vector<std::uint32_t> seen;
    for (std::size_t e = 0; e < k; e++) {
      const float got = found.distances[i * k + e];
      const std::uint32_t id = found.indices[i * k + e];
      REQUIRE(id < points.rows);
      REQUIRE(std::abs(got - all[e]) <= tolerance * (all[e] + 1e-3 * all.back()));
      REQUIRE(std::abs(got - distance(queries, i, points, id, metric)) <=
              tolerance * (all[e] + 1e-3 * all.back()));
      if (e > 0) {
        const float before = found.distances[i * k + e - 1];
        REQUIRE((before < got || (before == got && found.indices[i * k + e - 1] < id)));
      }
      if (themselves) REQUIRE(id != i);
      seen.push_back(id);
    }
    std::sort(seen.begin(), seen.end());
    REQUIRE(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  }
}

}  // namespace

TEST_CASE("neighbors equal a brute-force search in double precision") {
  for (const std::size_t d : {1, 2, 15, 16, 17, 42, 100}) {
    const Points x = normal_points(1500, d, 3 + d);
    check_exact(among(x, 15), x, x, true, 15);
  }
}

TEST_CASE("no neighbors are lost to cancellation far from the origin or between distant clusters") {
  const Points distant = normal_points(600, 10, 1, 5000, 0.5);
  check_exact(among(distant, 20), distant, distant, true, 20);
  Points clusters = normal_points(900, 8, 2, 0, 1e-3);
  for (std::size_t i = 0; i < clusters.rows; i++) {
    for (std::size_t c = 0; c < 8; c++) clusters.data[i * 8 + c] += static_cast<float>(i % 3) * 300;
  }
  check_exact(among(clusters, 10), clusters, clusters, true, 10);
}

TEST_CASE("every k up to all other points works for every small number of points") {
  for (std::size_t n = 2; n <= 20; n++) {
    const Points x = normal_points(n, 3, n);
    for (std::size_t k = 1; k < n; k++) check_exact(among(x, k), x, x, true, k);
  }
}

TEST_CASE("k of nearly all points gives the whole table in order") {
  const Points x = normal_points(1300, 4, 9);
  check_exact(among(x, 1200), x, x, true, 1200);
}

TEST_CASE("separate queries have the neighbors of a brute-force search") {
  const Points points = normal_points(1100, 12, 4);
  const Points queries = normal_points(150, 12, 5);
  god::Monitor monitor;
  Found f{std::vector<std::uint32_t>(150 * 7), std::vector<float>(150 * 7)};
  god::nearest_neighbors(points.view(), queries.view(), 7, god::Metric::kEuclidean, {2, monitor},
                         f.indices.data(), f.distances.data());
  check_exact(f, queries, points, false, 7);
  CHECK(monitor.progress() == 1.0);
}

TEST_CASE("cosine distances are exact, also for rows of zeros") {
  Points x = normal_points(700, 20, 6, 1);
  check_exact(among(x, 12, god::Metric::kCosine), x, x, true, 12, god::Metric::kCosine, 1e-4);
  std::fill_n(x.data.begin(), 20, 0.0f);
  std::fill_n(x.data.begin() + 60, 20, 0.0f);
  const Found f = among(x, 12, god::Metric::kCosine);
  check_exact(f, x, x, true, 12, god::Metric::kCosine, 1e-4);
  CHECK(f.indices[0] == 3);
  CHECK(f.distances[0] == 0.0f);
  CHECK(f.distances[1] == doctest::Approx(1.0));
}

TEST_CASE("duplicates and constant data are handled") {
  Points x{std::vector<float>(3000 * 5, 7.25f), 3000, 5};
  Found f = among(x, 10);
  CHECK(std::all_of(f.distances.begin(), f.distances.end(), [](float v) { return v == 0; }));
  Points grid{std::vector<float>(2000 * 2), 2000, 2};
  for (std::size_t i = 0; i < grid.data.size(); i++) grid.data[i] = static_cast<float>(god::mix64(i) % 6);
  check_exact(among(grid, 30), grid, grid, true, 30);
}

TEST_CASE("values whose squares exceed float32's range are handled") {
  for (const double scale : {1e-30, 1e-12, 1e15, 1e30}) {
    const Points x = normal_points(400, 6, 8, 0, scale);
    check_exact(among(x, 9), x, x, true, 9);
  }
}

TEST_CASE("without columns, all distances are zero") {
  const Points x{{}, 5, 0};
  const Found f = among(x, 2);
  CHECK(f.distances[0] == 0.0f);
  CHECK(f.indices[0] == 1);
}

TEST_CASE("results are bit-identical for any number of threads") {
  const Points x = normal_points(2500, 33, 10);
  const Found one = among(x, 40, god::Metric::kEuclidean, 1);
  for (const std::size_t threads : {2, 3, 8}) {
    const Found many = among(x, 40, god::Metric::kEuclidean, threads);
    CHECK(one.indices == many.indices);
    CHECK(one.distances == many.distances);
  }
}

TEST_CASE("bad arguments are refused and a request to stop cancels the search") {
  Points x = normal_points(10, 2, 1);
  CHECK_THROWS_AS(among(x, 10), std::invalid_argument);
  god::Monitor monitor;
  monitor.stop();
  Found f{std::vector<std::uint32_t>(20), std::vector<float>(20)};
  CHECK_THROWS_AS(god::nearest_neighbors(x.view(), 2, god::Metric::kEuclidean, {2, monitor}, f.indices.data(),
                                         f.distances.data()),
                  god::Cancelled);
  x.data[13] = NAN;
  CHECK_THROWS_WITH(among(x, 2), doctest::Contains("row 6, column 1"));
}
