#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/random.hpp"
#include "metrics/metrics.hpp"
#include "support.hpp"

using test::normal_points;
using test::Points;

namespace {

double distance(const Points& x, std::size_t i, std::size_t j) {
  double sum = 0;
  for (std::size_t k = 0; k < x.cols; k++) {
    const double t = double{x.data[i * x.cols + k]} - x.data[j * x.cols + k];
    sum += t * t;
  }
  return std::sqrt(sum);
}

// All other rows, nearest first, equal distances by row.
std::vector<std::size_t> ranking(const Points& x, std::size_t i) {
  std::vector<std::size_t> order;
  for (std::size_t j = 0; j < x.rows; j++) {
    if (j != i) order.push_back(j);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distance(x, i, a) < distance(x, i, b); });
  return order;
}

double plain_trustworthiness(const Points& x, const Points& y, std::size_t k) {
  double penalty = 0;
  for (std::size_t i = 0; i < x.rows; i++) {
    const std::vector<std::size_t> in_x = ranking(x, i);
    const std::vector<std::size_t> in_y = ranking(y, i);
    for (std::size_t r = 0; r < k; r++) {
      const auto rank = std::find(in_x.begin(), in_x.end(), in_y[r]) - in_x.begin() + 1;
      penalty += std::max(0.0, static_cast<double>(rank) - static_cast<double>(k));
    }
  }
  const auto n = static_cast<double>(x.rows);
  const auto m = static_cast<double>(k);
  return 1 - 2 / (n * m * (2 * n - 3 * m - 1)) * penalty;
}

// How far trustworthiness moves if every pair of distances that float64 rounding cannot order is ranked the
// other way.
double rounding(const Points& x, const Points& y, std::size_t k) {
  std::size_t close = 0;
  for (std::size_t i = 0; i < x.rows; i++) {
    const std::vector<std::size_t> in_y = ranking(y, i);
    for (std::size_t r = 0; r < k; r++) {
      const double neighbor = distance(x, i, in_y[r]);
      for (std::size_t j = 0; j < x.rows; j++) {
        close += j != in_y[r] && std::fabs(distance(x, i, j) - neighbor) < 1e-15 * neighbor;
      }
    }
  }
  const auto n = static_cast<double>(x.rows);
  const auto m = static_cast<double>(k);
  return 2 / (n * m * (2 * n - 3 * m - 1)) * static_cast<double>(close);
}

std::vector<double> plain_silhouette(const Points& x, const std::vector<std::int32_t>& labels,
                                     std::size_t clusters) {
  std::vector<double> values;
  for (std::size_t i = 0; i < x.rows; i++) {
    std::vector<double> sum(clusters, 0.0), count(clusters, 0.0);
    for (std::size_t j = 0; j < x.rows; j++) {
      if (j == i) continue;
      sum[labels[j]] += distance(x, i, j);
      count[labels[j]]++;
    }
    double within = 0, between = INFINITY;
    for (std::size_t c = 0; c < clusters; c++) {
      if (count[c] == 0) continue;
      if (c == static_cast<std::size_t>(labels[i])) {
        within = sum[c] / count[c];
      } else {
        between = std::min(between, sum[c] / count[c]);
      }
    }
    const double larger = std::max(within, between);
    values.push_back(count[labels[i]] == 0 || larger == 0 ? 0 : (between - within) / larger);
  }
  return values;
}

double trust(const Points& x, const Points& y, std::size_t k, std::size_t threads = 2) {
  god::Monitor monitor;
  return god::trustworthiness(x.view(), y.view(), k, {threads, monitor});
}

std::vector<double> silhouettes(const Points& x, const std::vector<std::int32_t>& labels,
                                std::size_t clusters, std::size_t threads = 2) {
  god::Monitor monitor;
  std::vector<double> values(x.rows, NAN);
  god::silhouette(x.view(), labels.data(), 1, clusters, god::Metric::kEuclidean, {threads, monitor},
                  values.data());
  return values;
}

std::vector<std::int32_t> random_labels(std::size_t rows, std::size_t clusters) {
  std::vector<std::int32_t> labels(rows);
  const god::RandomStream stream(5, 5);
  for (std::size_t i = 0; i < rows; i++) labels[i] = static_cast<std::int32_t>(stream.below(i, clusters));
  return labels;
}

}  // namespace

TEST_CASE("trustworthiness agrees with ranking all pairs") {
  for (const std::size_t rows : {3, 50, 130, 600}) {
    for (const std::size_t k : {1, 5, 15}) {
      if (2 * k >= rows) continue;
      const Points x = normal_points(rows, 9, rows, 1e4);
      CAPTURE(rows);
      CAPTURE(k);
      CHECK(trust(x, normal_points(rows, 2, 77), k) ==
            doctest::Approx(plain_trustworthiness(x, normal_points(rows, 2, 77), k)).epsilon(1e-12));
      CHECK(trust(x, x, k) == 1);
    }
  }
}

TEST_CASE("trustworthiness ranks equal distances by row") {
  Points grid{{}, 100, 2}, copies{{}, 100, 2};
  for (int i = 0; i < 100; i++) {
    grid.data.insert(grid.data.end(), {static_cast<float>(i % 10), static_cast<float>(i / 10)});
    copies.data.insert(copies.data.end(), {static_cast<float>(i % 3), 0});
  }
  for (const std::size_t k : {1, 4, 9}) {
    CHECK(trust(grid, copies, k) == doctest::Approx(plain_trustworthiness(grid, copies, k)).epsilon(1e-12));
    CHECK(trust(copies, grid, k) == doctest::Approx(plain_trustworthiness(copies, grid, k)).epsilon(1e-12));
  }
}

// Rows whose differences float32 cannot hold: rounding errors grow with the distance from the middle.
TEST_CASE("trustworthiness ranks rows as float64 does even if float32 cannot tell them apart") {
  for (const double apart : {1e2, 1e4, 1e6}) {
    for (const double scale : {1e-30, 1.0, 1e30}) {
      Points x = normal_points(300, 12, 21), shifted = x;
      for (std::size_t i = 0; i < shifted.data.size(); i++) {
        const double value = double{x.data[i]} + (i / 12 % 3 == 0 ? apart : 0);
        shifted.data[i] = static_cast<float>(scale * value);
      }
      CAPTURE(apart);
      CAPTURE(scale);
      const Points y = normal_points(300, 2, 22);
      // 1e4 and 1e6 round the rows to a grid, so many distances are equal or nearly so.
      const double error = std::fabs(trust(shifted, y, 15) - plain_trustworthiness(shifted, y, 15));
      const double bound = rounding(shifted, y, 15);
      CHECK(error <= bound + 1e-12);
      CHECK(bound < 1e-4);
    }
  }
  Points outlier = normal_points(700, 12, 23);
  outlier.data[12 * 600] = 3e18F;
  const Points y = normal_points(700, 2, 24);
  CHECK(trust(outlier, y, 15) == doctest::Approx(plain_trustworthiness(outlier, y, 15)).epsilon(1e-12));
}

TEST_CASE("silhouettes agree with the definition") {
  for (const std::size_t rows : {2, 65, 700}) {
    for (const std::size_t clusters : {2, 3, 12}) {
      const Points x = normal_points(rows, 5, rows, 100);
      std::vector<std::int32_t> labels = random_labels(rows, clusters);
      labels[0] = 0;
      labels[1] = 1;
      const std::vector<double> expected = plain_silhouette(x, labels, clusters);
      const std::vector<double> actual = silhouettes(x, labels, clusters);
      for (std::size_t i = 0; i < rows; i++)
        REQUIRE(actual[i] == doctest::Approx(expected[i]).epsilon(1e-9).scale(1));
    }
  }
}

TEST_CASE("silhouettes of several labelings agree with the definition in each") {
  const std::size_t rows = 700, ways = 3;
  const Points x = normal_points(rows, 5, 9, 100);
  std::vector<std::int32_t> labels;
  for (const std::size_t clusters : {12, 2, 7}) {
    for (const std::int32_t label : random_labels(rows, clusters)) labels.push_back(label);
  }
  std::vector<double> values(ways * rows, NAN);
  god::Monitor monitor;
  god::silhouette(x.view(), labels.data(), ways, 12, god::Metric::kEuclidean, {2, monitor}, values.data());
  for (std::size_t way = 0; way < ways; way++) {
    const auto begin = labels.begin() + static_cast<std::ptrdiff_t>(way * rows);
    const std::vector<double> expected =
        plain_silhouette(x, std::vector<std::int32_t>(begin, begin + static_cast<std::ptrdiff_t>(rows)), 12);
    for (std::size_t i = 0; i < rows; i++)
      REQUIRE(values[way * rows + i] == doctest::Approx(expected[i]).epsilon(1e-9).scale(1));
  }
}

TEST_CASE("silhouettes of duplicates do not suffer from cancellation") {
  Points x{{}, 60, 3};
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 60; i++) {
    x.data.insert(x.data.end(), {1000.0F * static_cast<float>(i % 3), 1, 2});
    labels.push_back(i % 3);
  }
  for (const double value : silhouettes(x, labels, 3)) CHECK(value == 1);
  x.data.assign(180, 3.0F);
  for (const double value : silhouettes(x, labels, 3)) CHECK(value == 0);
}

TEST_CASE("both are bit-identical for any number of threads") {
  const Points x = normal_points(1500, 20, 1);
  const Points y = normal_points(1500, 2, 2);
  const std::vector<std::int32_t> labels = random_labels(1500, 7);
  const std::vector<double> one = silhouettes(x, labels, 7, 1);
  for (const std::size_t threads : {2, 3, 8}) {
    CHECK(trust(x, y, 15, threads) == trust(x, y, 15, 1));
    CHECK(silhouettes(x, labels, 7, threads) == one);
  }
}

TEST_CASE("huge values are handled, bad values are refused, and a request to stop cancels") {
  const Points huge = normal_points(40, 3, 1, 0, 1e37);
  CHECK(trust(huge, huge, 5) == 1);
  Points bad = normal_points(40, 3, 1);
  bad.data[50] = NAN;
  CHECK_THROWS_AS(trust(bad, normal_points(40, 2, 1), 5), std::invalid_argument);
  CHECK_THROWS_AS(trust(normal_points(40, 3, 1), bad, 5), std::invalid_argument);
  CHECK_THROWS_AS(trust(huge, huge, 20), std::invalid_argument);
  CHECK_THROWS_AS(silhouettes(bad, random_labels(40, 2), 2), std::invalid_argument);
  CHECK_THROWS_AS(silhouettes(huge, std::vector<std::int32_t>(40, 2), 2), std::invalid_argument);
  god::Monitor monitor;
  monitor.stop();
  CHECK_THROWS_AS(god::trustworthiness(huge.view(), huge.view(), 5, {2, monitor}), god::Cancelled);
}
