#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "agglomerative/optimal_order.hpp"
#include "base/random.hpp"
#include "support.hpp"

namespace {

// A tree of random merges, regardless of distances.
std::vector<double> random_tree(std::size_t rows, std::uint64_t seed) {
  const god::RandomStream stream(seed, 9);
  std::vector<std::size_t> live;
  std::vector<double> size(rows, 1.0);
  for (std::size_t i = 0; i < rows; i++) live.push_back(i);
  std::vector<double> merges;
  for (std::size_t step = 0; live.size() > 1; step++) {
    const std::size_t i = stream.below(2 * step, live.size());
    const std::size_t a = live[i];
    live.erase(live.begin() + static_cast<std::ptrdiff_t>(i));
    const std::size_t j = stream.below(2 * step + 1, live.size());
    const auto [low, high] = std::minmax(a, live[j]);
    size.push_back(size[low] + size[high]);
    for (const double value : {double(low), double(high), double(step), size.back()}) merges.push_back(value);
    live[j] = rows + step;
  }
  return merges;
}

double distance(const std::vector<float>& x, std::size_t cols, std::size_t i, std::size_t j) {
  double squares = 0;
  for (std::size_t k = 0; k < cols; k++) {
    const double difference = double{x[i * cols + k]} - x[j * cols + k];
    squares += difference * difference;
  }
  return std::sqrt(squares);
}

template <class Order>
double length(const std::vector<float>& x, std::size_t cols, const Order& order) {
  double sum = 0;
  for (std::size_t i = 1; i < order.size(); i++) sum += distance(x, cols, order[i - 1], order[i]);
  return sum;
}

// The leaves of a node if the parts of merge i, for the first 64 merges, are exchanged where bit i of `flips`
// is set.
void leaves(const std::vector<double>& merges, std::size_t rows, std::size_t node, std::uint64_t flips,
            std::vector<std::size_t>& out) {
  if (node < rows) return out.push_back(node);
  const std::size_t i = node - rows;
  const bool flip = i < 64 && (flips >> i & 1) != 0;
  leaves(merges, rows, static_cast<std::size_t>(merges[4 * i + (flip ? 1 : 0)]), flips, out);
  leaves(merges, rows, static_cast<std::size_t>(merges[4 * i + (flip ? 0 : 1)]), flips, out);
}

std::vector<std::uint32_t> optimal(const std::vector<double>& merges, const std::vector<float>& x,
                                   std::size_t rows, std::size_t threads = 1) {
  god::Monitor monitor;
  std::vector<std::uint32_t> order(rows);
  god::optimal_order_of_points(merges.data(), {x.data(), rows, x.size() / rows}, god::PointMetric::kEuclidean,
                               {threads, monitor}, order.data());
  return order;
}

}  // namespace

TEST_CASE("no exchange of parts makes the order shorter, tried exhaustively for up to eleven leaves") {
  for (std::uint64_t seed = 0; seed < 120; seed++) {
    const std::size_t rows = 1 + seed % 11;
    const std::vector<float> x = test::normals(rows * 2, seed);
    const std::vector<double> merges = random_tree(rows, seed);
    const std::vector<std::uint32_t> order = optimal(merges, x, rows);
    double least = std::numeric_limits<double>::infinity();
    bool crossing = true;
    for (std::uint64_t flips = 0; flips < std::uint64_t{1} << (rows - 1); flips++) {
      std::vector<std::size_t> candidate;
      leaves(merges, rows, 2 * rows - 2, flips, candidate);
      least = std::min(least, length(x, 2, candidate));
      crossing = crossing && !std::equal(candidate.begin(), candidate.end(), order.begin());
    }
    CHECK_FALSE(crossing);
    CHECK(length(x, 2, order) == doctest::Approx(least).epsilon(1e-12));
  }
}

TEST_CASE("distances, square or condensed, give the order of their points, for any number of threads") {
  const std::size_t rows = 300;
  const std::vector<float> x = test::normals(rows * 3, 5);
  const std::vector<double> merges = random_tree(rows, 5);
  const std::vector<std::uint32_t> expected = optimal(merges, x, rows);
  CHECK(optimal(merges, x, rows, 3) == expected);
  std::vector<double> square(rows * rows), condensed;
  for (std::size_t i = 0; i < rows; i++) {
    for (std::size_t j = 0; j < rows; j++) square[i * rows + j] = distance(x, 3, i, j);
    for (std::size_t j = i + 1; j < rows; j++) condensed.push_back(distance(x, 3, i, j));
  }
  for (const auto shape : {god::DistanceShape::kSquare, god::DistanceShape::kCondensed}) {
    god::Monitor monitor;
    std::vector<std::uint32_t> order(rows);
    const auto& distances = shape == god::DistanceShape::kSquare ? square : condensed;
    god::optimal_order_of_distances(merges.data(), distances.data(), shape, rows, {2, monitor}, order.data());
    CHECK(order == expected);
  }
}

TEST_CASE("a chain of two thousand merges does not recurse") {
  const std::size_t rows = 2000;
  const std::vector<float> x = test::normals(rows, 2);
  std::vector<double> merges;
  for (std::size_t i = 0; i + 1 < rows; i++) {
    const double whole = i == 0 ? 1 : static_cast<double>(rows + i - 1);
    const double leaf = i == 0 ? 0 : static_cast<double>(i + 1);
    for (const double value : {leaf, whole, double(i), double(i + 2)}) merges.push_back(value);
  }
  std::vector<std::uint32_t> order = optimal(merges, x, rows, 2);
  std::vector<std::size_t> plain;
  leaves(merges, rows, 2 * rows - 2, 0, plain);
  CHECK(length(x, 1, order) <= length(x, 1, plain));
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < rows; i++) CHECK(order[i] == i);
}

TEST_CASE("invalid distances are refused and a request to stop cancels the run") {
  const std::vector<double> merges = random_tree(3, 1);
  god::Monitor monitor;
  std::vector<std::uint32_t> order(3);
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    const std::vector<double> distances{1, bad, 2};
    CHECK_THROWS_AS(
        god::optimal_order_of_distances(merges.data(), distances.data(), god::DistanceShape::kCondensed, 3,
                                        {1, monitor}, order.data()),
        std::invalid_argument);
  }
  monitor.stop();
  const std::vector<float> x = test::normals(3 * 1, 1);
  CHECK_THROWS_AS(god::optimal_order_of_points(merges.data(), {x.data(), 3, 1}, god::PointMetric::kEuclidean,
                                               {1, monitor}, order.data()),
                  god::Cancelled);
}
