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
#include "tsne/affinities.hpp"
#include "tsne/placement.hpp"

using test::normals;

namespace {

constexpr std::size_t kRows = 400;
constexpr std::size_t kNear = 15;
constexpr double kPerplexity = 5;

// A map, and new points with their neighbors on it: the map's points nearest to a place near one of them.
struct Task {
  std::size_t dims, count;
  std::vector<float> map;
  std::vector<std::uint32_t> indices;
  std::vector<float> distances;

  Task(std::size_t d, std::size_t n)
      : dims(d), count(n), map(normals(kRows * d, 1, 10)), indices(n * kNear), distances(n * kNear) {
    std::vector<float> places = normals(n * d, 2, 1);
    for (std::size_t e = 0; e < places.size(); e++) places[e] += map[e];
    god::Monitor monitor;
    god::nearest_neighbors({map.data(), kRows, d}, {places.data(), n, d}, kNear, god::Metric::kEuclidean,
                           {2, monitor}, indices.data(), distances.data());
  }
  std::vector<float> run(std::size_t iterations, std::size_t threads, std::size_t first,
                         std::size_t size) const {
    std::vector<float> out(size * dims);
    god::Monitor monitor;
    const god::NeighborView neighbors{&indices[first * kNear], &distances[first * kNear], size, kNear};
    god::place_on_map({map.data(), kRows, dims}, neighbors, kPerplexity, iterations, {threads, monitor},
                      {out.data(), size, dims});
    return out;
  }
};

// The length of the gradient of point i's divergence, sum_j (p_j q_j - q_j^2 / sum q) (y - y_j) with q_j = 1
// / (1 + |y - y_j|^2), in double precision over all pairs.
double gradient(const Task& task, std::size_t i, const float* y, const std::vector<float>& weights) {
  std::vector<double> q(kRows), g(task.dims, 0.0);
  double sum = 0;
  for (std::size_t j = 0; j < kRows; j++) {
    double squared = 0;
    for (std::size_t c = 0; c < task.dims; c++)
      squared += std::pow(double{y[c]} - task.map[j * task.dims + c], 2);
    sum += q[j] = 1 / (1 + squared);
  }
  const auto add = [&](std::size_t j, double factor) {
    for (std::size_t c = 0; c < task.dims; c++) g[c] += factor * (double{y[c]} - task.map[j * task.dims + c]);
  };
  for (std::size_t e = i * kNear; e < (i + 1) * kNear; e++)
    add(task.indices[e], double{weights[e]} * q[task.indices[e]]);
  for (std::size_t j = 0; j < kRows; j++) add(j, -q[j] * q[j] / sum);
  double length = 0;
  for (const double v : g) length += v * v;
  return std::sqrt(length);
}

}  // namespace

TEST_CASE("new points end where the gradient of their own divergence vanishes") {
  for (const std::size_t dims : {1, 2, 3}) {
    const Task task(dims, 60);
    god::Monitor monitor;
    const std::vector<float> weights = god::conditional_affinities(
        {task.indices.data(), task.distances.data(), 60, kNear}, kPerplexity, {2, monitor});
    const std::vector<float> start = task.run(0, 2, 0, 60);
    const std::vector<float> end = task.run(2000, 2, 0, 60);
    double before = 0, after = 0;
    for (std::size_t i = 0; i < 60; i++) {
      before += gradient(task, i, &start[i * dims], weights);
      after += gradient(task, i, &end[i * dims], weights);
    }
    CAPTURE(dims);
    CHECK(before / 60 > 1e-2);
    CHECK(after / 60 < 1e-3);
  }
}

TEST_CASE("a place does not depend on the number of threads or on other new points") {
  const Task task(2, 100);
  const std::vector<float> all = task.run(50, 1, 0, 100);
  CHECK(task.run(50, 3, 0, 100) == all);
  for (const std::size_t i : {0, 15, 16, 57, 99}) {
    const std::vector<float> alone = task.run(50, 2, i, 1);
    CHECK(std::equal(alone.begin(), alone.end(), all.begin() + static_cast<std::ptrdiff_t>(2 * i)));
  }
  const std::vector<float> some = task.run(50, 2, 37, 40);
  CHECK(std::equal(some.begin(), some.end(), all.begin() + 2 * 37));
}

TEST_CASE("nothing to place is fine, a wrong neighbor is refused, and a request to stop cancels") {
  Task task(2, 20);
  CHECK(task.run(10, 2, 0, 0).empty());
  god::Monitor monitor;
  monitor.stop();
  std::vector<float> out(40);
  CHECK_THROWS_AS(
      god::place_on_map({task.map.data(), kRows, 2}, {task.indices.data(), task.distances.data(), 20, kNear},
                        kPerplexity, 10, {2, monitor}, {out.data(), 20, 2}),
      god::Cancelled);
  task.indices[7] = kRows;
  CHECK_THROWS_AS(task.run(10, 2, 0, 20), std::invalid_argument);
}
