#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "base/random.hpp"
#include "neighbors/inverted_file.hpp"
#include "neighbors/neighbors.hpp"

namespace {

using god::Metric;

constexpr std::size_t kNear = 10;

// Normal points around `centers` places.
std::vector<float> lumps(std::size_t n, std::size_t d, std::size_t centers, double apart) {
  const god::RandomStream random(5, 0);
  std::vector<float> x(n * d);
  for (std::size_t e = 0; e < x.size(); e++) {
    const std::size_t lump = (e / d) % centers;
    x[e] = static_cast<float>(random.normal(e) + apart * random.normal((1u << 30) + lump * d + e % d));
  }
  return x;
}

struct Found {
  std::vector<std::uint32_t> indices;
  std::vector<float> distances;
};

Found approximate(const std::vector<float>& x, std::size_t d, Metric metric, std::size_t threads) {
  const std::size_t n = x.size() / d;
  Found found{std::vector<std::uint32_t>(n * kNear), std::vector<float>(n * kNear)};
  god::Monitor monitor;
  god::approximate_neighbors({x.data(), n, d}, kNear, metric, {threads, monitor}, found.indices.data(),
                             found.distances.data());
  return found;
}

// The fraction of the true neighbors that were found.
double recall(const std::vector<float>& x, std::size_t d, Metric metric) {
  const std::size_t n = x.size() / d;
  const Found found = approximate(x, d, metric, 2);
  Found exact = found;
  god::Monitor monitor;
  god::nearest_neighbors({x.data(), n, d}, kNear, metric, {2, monitor}, exact.indices.data(),
                         exact.distances.data());
  std::size_t hits = 0;
  for (std::size_t i = 0; i < n; i++) {
    const auto own = exact.indices.begin() + static_cast<std::ptrdiff_t>(i * kNear);
    for (std::size_t e = i * kNear; e < (i + 1) * kNear; e++) {
      REQUIRE(found.indices[e] < n);
      REQUIRE(found.indices[e] != i);
      // No approximate neighbor is nearer than the exact one of the same rank.
      REQUIRE(found.distances[e] >= exact.distances[e] * 0.9999f - 1e-6f);
      hits += std::find(own, own + kNear, found.indices[e]) != own + kNear ? 1 : 0;
    }
  }
  return static_cast<double>(hits) / static_cast<double>(n * kNear);
}

}  // namespace

TEST_CASE("most true neighbors are found with both metrics") {
  CHECK(recall(lumps(40000, 6, 1, 0), 6, Metric::kEuclidean) > 0.98);
  CHECK(recall(lumps(40000, 20, 12, 3), 20, Metric::kEuclidean) > 0.9);
  CHECK(recall(lumps(40000, 20, 12, 3), 20, Metric::kCosine) > 0.9);
}

TEST_CASE("distances are exact for their indices and bit-identical for any number of threads") {
  const std::vector<float> x = lumps(20000, 5, 3, 2);
  const Found one = approximate(x, 5, Metric::kEuclidean, 1);
  for (std::size_t e = 0; e < one.indices.size(); e += 7) {
    double sum = 0;
    for (std::size_t c = 0; c < 5; c++) {
      const double difference = double{x[e / kNear * 5 + c]} - x[one.indices[e] * 5 + c];
      sum += difference * difference;
    }
    REQUIRE(one.distances[e] == doctest::Approx(std::sqrt(sum)).epsilon(1e-5));
    if (e % kNear > 0) REQUIRE(one.distances[e] >= one.distances[e - 1]);
  }
  const Found many = approximate(x, 5, Metric::kEuclidean, 3);
  CHECK(many.indices == one.indices);
  CHECK(many.distances == one.distances);
}

TEST_CASE("equal points, few points and rows of zeros have neighbors other than themselves") {
  for (const std::size_t n : {11, 500, 9000}) {
    for (const Metric metric : {Metric::kEuclidean, Metric::kCosine}) {
      const Found found = approximate(std::vector<float>(n * 3, n == 500 ? 0.0f : 2.5f), 3, metric, 2);
      for (std::size_t e = 0; e < found.indices.size(); e++) {
        REQUIRE(found.indices[e] < n);
        REQUIRE(found.indices[e] != e / kNear);
        REQUIRE(found.distances[e] == doctest::Approx(0));
      }
    }
  }
}

TEST_CASE("bad arguments are refused and a request to stop cancels the search") {
  const std::vector<float> x(20, 1.0f);
  CHECK_THROWS_AS(approximate(x, 2, Metric::kEuclidean, 1), std::invalid_argument);
  std::vector<float> bad = lumps(2000, 3, 1, 0);
  bad[4] = NAN;
  CHECK_THROWS_AS(approximate(bad, 3, Metric::kEuclidean, 2), std::invalid_argument);
  bad[4] = 0;
  god::Monitor monitor;
  monitor.stop();
  Found found{std::vector<std::uint32_t>(2000 * kNear), std::vector<float>(2000 * kNear)};
  CHECK_THROWS_AS(god::approximate_neighbors({bad.data(), 2000, 3}, kNear, Metric::kEuclidean, {2, monitor},
                                             found.indices.data(), found.distances.data()),
                  god::Cancelled);
}
