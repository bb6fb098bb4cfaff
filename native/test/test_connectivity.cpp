#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "agglomerative/connectivity.hpp"
#include "agglomerative/pair_map.hpp"
#include "base/random.hpp"
#include "support.hpp"

using god::Disconnected;
using god::Linkage;
using god::PointMetric;

using test::normal_points;
using test::Points;

namespace {

constexpr Linkage kAll[] = {Linkage::kSingle, Linkage::kComplete, Linkage::kAverage, Linkage::kWeighted,
                            Linkage::kWard,   Linkage::kCentroid, Linkage::kMedian};

struct Graph {
  std::vector<std::uint32_t> targets, counts;
  god::RowLinks view() const { return {targets.data(), counts.data(), counts.size(), targets.size()}; }
};

// Each row is linked to the k next rows of a ring.
Graph ring(std::size_t rows, std::size_t k) {
  Graph graph;
  for (std::size_t i = 0; i < rows; i++) {
    for (std::size_t j = 1; j <= k; j++) graph.targets.push_back(static_cast<std::uint32_t>((i + j) % rows));
    graph.counts.push_back(static_cast<std::uint32_t>(k));
  }
  return graph;
}

std::vector<double> cluster(const Points& x, const Graph& graph, Linkage linkage, std::size_t threads,
                            Disconnected disconnected = Disconnected::kLeave, std::size_t expected = 1) {
  god::Monitor monitor;
  std::vector<double> merges((x.rows - 1) * 4, -1);
  const std::size_t found =
      god::connectivity_linkage(x.view(), graph.view(), linkage, PointMetric::kEuclidean, disconnected,
                                {threads, monitor}, merges.data());
  CHECK(found == expected);
  return merges;
}

// Merges the nearest linked pair n - 1 times; of equally near pairs, the one with the lowest rows.
std::vector<double> plain(const Points& x, Linkage linkage) {
  const std::size_t n = x.rows;
  std::vector<std::vector<double>> d(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < n; j++) {
      for (std::size_t k = 0; k < x.cols; k++) {
        const double difference = double{x.data[i * x.cols + k]} - x.data[j * x.cols + k];
        d[i][j] += difference * difference;
      }
      d[i][j] = std::sqrt(d[i][j]);
    }
  }
  std::vector<std::size_t> node(n), size(n, 1);
  std::vector<bool> live(n, true);
  for (std::size_t i = 0; i < n; i++) node[i] = i;
  std::vector<double> merges;
  for (std::size_t step = 0; step + 1 < n; step++) {
    std::size_t a = n, b = n;
    for (std::size_t i = 0; i < n; i++) {
      for (std::size_t j = i + 1; j < n; j++) {
        if (live[i] && live[j] && (a == n || d[i][j] < d[a][b])) std::tie(a, b) = std::make_pair(i, j);
      }
    }
    const auto [low, high] = std::minmax({node[a], node[b]});
    size[a] += size[b];
    for (const double value : {double(low), double(high), d[a][b], double(size[a])}) merges.push_back(value);
    for (std::size_t k = 0; k < n; k++) {
      d[a][k] = d[k][a] =
          linkage == Linkage::kSingle ? std::min(d[a][k], d[b][k]) : std::max(d[a][k], d[b][k]);
    }
    node[a] = n + step;
    live[b] = false;
  }
  return merges;
}

}  // namespace

TEST_CASE("with links between all rows, merges are those of the linkage without links") {
  for (const Linkage linkage : kAll) {
    const Points x = normal_points(90, 3, 11);
    const std::vector<double> linked = cluster(x, ring(90, 89), linkage, 2);
    god::Monitor monitor;
    std::vector<double> free(89 * 4);
    god::linkage_of_points(x.view(), linkage, PointMetric::kEuclidean, god::Precision::kFloat64, {1, monitor},
                           free.data());
    for (std::size_t i = 0; i < free.size(); i++) CHECK(linked[i] == doctest::Approx(free[i]).epsilon(1e-9));
  }
}

TEST_CASE("equal distances are merged lowest rows first") {
  for (const Linkage linkage : {Linkage::kSingle, Linkage::kComplete}) {
    Points x = normal_points(60, 2, 5);
    for (float& value : x.data) value = std::round(value);
    const std::vector<double> linked = cluster(x, ring(60, 59), linkage, 1);
    const std::vector<double> expected = plain(x, linkage);
    CAPTURE(static_cast<int>(linkage));
    CHECK(linked == expected);
  }
}

TEST_CASE("results are bit-identical for any number of threads") {
  const Points x = normal_points(5000, 8, 3);
  for (const Linkage linkage : kAll) {
    const std::vector<double> one = cluster(x, ring(5000, 6), linkage, 1);
    CHECK(cluster(x, ring(5000, 6), linkage, 3) == one);
  }
}

TEST_CASE("components are counted, and joined by the shortest links between them") {
  // Three groups on a line, each a chain: 0 1 2 | 10 11 | 30.
  const Points x{{0, 1, 2, 10, 11, 30}, 6, 1};
  const Graph graph{{1, 2, 4}, {1, 1, 0, 1, 0, 0}};
  const std::vector<double> untouched = cluster(x, graph, Linkage::kSingle, 1, Disconnected::kLeave, 3);
  CHECK(std::all_of(untouched.begin(), untouched.end(), [](double value) { return value == -1; }));
  const std::vector<double> merges = cluster(x, graph, Linkage::kSingle, 2, Disconnected::kJoin);
  std::vector<double> heights;
  for (std::size_t i = 2; i < merges.size(); i += 4) heights.push_back(merges[i]);
  CHECK(heights == std::vector<double>{1, 1, 1, 8, 19});
}

TEST_CASE("rows without links are joined as by single linkage of all pairs") {
  for (std::uint64_t seed = 0; seed < 20; seed++) {
    const Points x = normal_points(80, 2, 100 + seed);
    // Without links, the 80 components are joined by the whole minimum spanning tree.
    const Graph none{{}, std::vector<std::uint32_t>(80, 0)};
    const std::vector<double> joined = cluster(x, none, Linkage::kSingle, 2, Disconnected::kJoin);
    god::Monitor monitor;
    std::vector<double> free(79 * 4);
    god::linkage_of_points(x.view(), Linkage::kSingle, PointMetric::kEuclidean, god::Precision::kFloat64,
                           {1, monitor}, free.data());
    for (std::size_t i = 0; i < free.size(); i++) CHECK(joined[i] == doctest::Approx(free[i]).epsilon(1e-12));
  }
}

TEST_CASE("given distances, square or condensed, lead to the merges of the points that they belong to") {
  const std::size_t n = 40;
  const Points x = normal_points(n, 3, 21);
  std::vector<double> condensed, square(n * n, 0);
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = i + 1; j < n; j++) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; k++) {
        const double difference = double{x.data[i * 3 + k]} - x.data[j * 3 + k];
        sum += difference * difference;
      }
      condensed.push_back(std::sqrt(sum));
      square[i * n + j] = square[j * n + i] = std::sqrt(sum);
    }
  }
  const auto merged = [&](const std::vector<double>& distances, const Graph& graph, Linkage linkage,
                          god::Precision precision, Disconnected disconnected) {
    god::Monitor monitor;
    std::vector<double> merges((n - 1) * 4, -1);
    const god::DistanceShape shape =
        distances.size() == n * n ? god::DistanceShape::kSquare : god::DistanceShape::kCondensed;
    const std::size_t found = god::connectivity_linkage_of_distances(
        distances.data(), shape, graph.view(), linkage, precision, disconnected, {2, monitor}, merges.data());
    return std::make_pair(found, merges);
  };
  // A ring, and two halves of one that have to be joined.
  Graph halves = ring(n, 2);
  for (std::size_t i = 0; i < halves.targets.size(); i++) {
    if (halves.targets[i] / (n / 2) != i / n) halves.targets[i] = static_cast<std::uint32_t>(i / 2);
  }
  for (const Linkage linkage :
       {Linkage::kSingle, Linkage::kComplete, Linkage::kAverage, Linkage::kWeighted}) {
    CAPTURE(static_cast<int>(linkage));
    for (const Graph& graph : {ring(n, 2), halves}) {
      const std::vector<double> expected = cluster(x, graph, linkage, 1, Disconnected::kJoin);
      for (const std::vector<double>& distances : {condensed, square}) {
        for (const god::Precision precision : {god::Precision::kFloat64, god::Precision::kFloat32}) {
          const auto [parts, merges] = merged(distances, graph, linkage, precision, Disconnected::kJoin);
          CHECK(parts == 1);
          const double epsilon = precision == god::Precision::kFloat64 ? 1e-12 : 1e-6;
          for (std::size_t i = 0; i < merges.size(); i++) {
            CHECK(merges[i] == doctest::Approx(expected[i]).epsilon(epsilon));
          }
        }
      }
    }
    CHECK(merged(condensed, halves, linkage, god::Precision::kFloat64, Disconnected::kLeave).first == 2);
  }
  condensed[7] = -1;
  const Graph graph = ring(n, 2);
  CHECK_THROWS_AS(merged(condensed, graph, Linkage::kSingle, god::Precision::kFloat64, Disconnected::kLeave),
                  std::invalid_argument);
  CHECK_THROWS_AS(merged(square, graph, Linkage::kWard, god::Precision::kFloat64, Disconnected::kLeave),
                  std::invalid_argument);
}

TEST_CASE("links to rows that do not exist, missing links and points that are not finite are refused") {
  const Points x = normal_points(4, 2, 1);
  CHECK_THROWS_AS(cluster(x, Graph{{1, 2, 4}, {1, 1, 1, 0}}, Linkage::kWard, 1), std::invalid_argument);
  CHECK_THROWS_AS(cluster(x, Graph{{1, 2, 3}, {1, 1, 1, 1}}, Linkage::kWard, 1), std::invalid_argument);
  Points bad = x;
  bad.data[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(cluster(bad, ring(4, 1), Linkage::kSingle, 1), std::invalid_argument);
}

TEST_CASE("a request to stop cancels the run") {
  const Points x = normal_points(2000, 4, 9);
  const Graph graph = ring(2000, 5);
  for (const Linkage linkage : {Linkage::kAverage, Linkage::kWard}) {
    god::Monitor monitor;
    monitor.stop();
    std::vector<double> merges(1999 * 4);
    CHECK_THROWS_AS(god::connectivity_linkage(x.view(), graph.view(), linkage, PointMetric::kEuclidean,
                                              Disconnected::kLeave, {1, monitor}, merges.data()),
                    god::Cancelled);
  }
}

TEST_CASE("PairMap agrees with std::map through insertions and erasures") {
  const god::RandomStream stream(7, 1);
  god::PairMap map(300);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> expected;
  for (std::uint32_t step = 0; step < 20000; step++) {
    const auto low = static_cast<std::uint32_t>(stream.bits(2 * step) % 40);
    const auto high = low + 1 + static_cast<std::uint32_t>(stream.bits(2 * step + 1) % 40);
    const auto found = expected.find({low, high});
    REQUIRE(map.find(low, high) == (found == expected.end() ? god::PairMap::kNone : found->second));
    if (found != expected.end()) {
      map.erase(low, high);
      expected.erase(found);
    } else if (expected.size() < 300) {
      map.insert(low, high, step);
      expected[{low, high}] = step;
    }
  }
}
