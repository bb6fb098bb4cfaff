#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "base/random.hpp"
#include "neighbors/neighbors.hpp"
#include "support.hpp"
#include "tsne/descent.hpp"
#include "tsne/initial.hpp"
#include "tsne/tsne.hpp"

using test::normals;

namespace {

using god::Monitor;

struct Graph {
  std::size_t n, k;
  std::vector<std::uint32_t> indices;
  std::vector<float> distances;
  god::NeighborView view() const { return {indices.data(), distances.data(), n, k}; }
};

Graph graph_of(const std::vector<float>& x, std::size_t n, std::size_t k) {
  Graph g{n, k, std::vector<std::uint32_t>(n * k), std::vector<float>(n * k)};
  Monitor monitor;
  god::nearest_neighbors({x.data(), n, x.size() / n}, k, god::Metric::kEuclidean, {2, monitor},
                         g.indices.data(), g.distances.data());
  return g;
}

god::Affinities affinities_of(const Graph& g, double perplexity) {
  Monitor monitor;
  return symmetrize(g.view(), conditional_affinities(g.view(), perplexity, {2, monitor}), {2, monitor});
}

// Clusters of points in 5 dimensions.
std::vector<float> clusters(std::size_t n) {
  std::vector<float> x = normals(n * 5, 11);
  for (std::size_t i = 0; i < n; i++) x[i * 5 + i % 5] += static_cast<float>(6 * (i % 7));
  return x;
}

// The objective and its gradient (without the factor 4) by their definitions, in double precision.
struct Reference {
  double divergence = 0;
  std::vector<double> gradient;
};

Reference reference(const god::Affinities& p, const std::vector<float>& y, std::size_t dims) {
  const std::size_t n = p.size();
  const auto kernel = [&](std::size_t i, std::size_t j) {
    double squared = 0;
    for (std::size_t c = 0; c < dims; c++) squared += std::pow(double{y[i * dims + c]} - y[j * dims + c], 2);
    return 1 / (1 + squared);
  };
  double z = 0;
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < n; j++) z += i == j ? 0 : kernel(i, j);
  }
  Reference r;
  r.gradient.assign(n * dims, 0);
  for (std::size_t i = 0; i < n; i++) {
    const auto add = [&](std::size_t j, double factor) {
      for (std::size_t c = 0; c < dims; c++) {
        r.gradient[i * dims + c] += factor * (double{y[i * dims + c]} - y[j * dims + c]);
      }
    };
    for (std::size_t e = p.offsets[i]; e < p.offsets[i + 1]; e++) {
      if (p.values[e] == 0) continue;
      const double q = kernel(i, p.columns[e]);
      r.divergence += p.values[e] * std::log(p.values[e] / (q / z));
      add(p.columns[e], p.values[e] * q);
    }
    for (std::size_t j = 0; j < n; j++) {
      if (j != i) add(j, -std::pow(kernel(i, j), 2) / z);
    }
  }
  return r;
}

// The length of the difference divided by the length of `expected`.
double relative_error(const std::vector<float>& got, const std::vector<double>& expected) {
  double difference = 0, length = 0;
  for (std::size_t i = 0; i < got.size(); i++) {
    difference += std::pow(got[i] - expected[i], 2);
    length += expected[i] * expected[i];
  }
  return std::sqrt(difference / length);
}

template <int D>
double gradient_error(const god::Affinities& p, const std::vector<float>& y, double theta) {
  god::Descent<D> descent(p, y.data(), theta, 2);
  std::vector<float> gradient(y.size());
  descent.compute_forces_afresh();
  descent.write_gradient(gradient.data());
  return relative_error(gradient, reference(p, y, D).gradient);
}

god::TsneOptions options() {
  return {0.5, 300, 12, 100, 0, 0.8, 0, true};
}

}  // namespace

TEST_CASE("each row of the affinities has the given perplexity") {
  const std::size_t n = 400;
  const Graph g = graph_of(clusters(n), n, 60);
  Monitor monitor;
  for (const double perplexity : {2.0, 5.0, 20.0, 50.0}) {
    const std::vector<float> p = conditional_affinities(g.view(), perplexity, {2, monitor});
    for (std::size_t i = 0; i < n; i++) {
      double sum = 0, entropy = 0;
      for (std::size_t j = 0; j < 60; j++) {
        const double v = p[i * 60 + j];
        sum += v;
        if (v > 0) entropy -= v * std::log(v);
        // A Gaussian: -log p is linear in the squared distance.
        if (j > 0) CHECK(v <= p[i * 60 + j - 1]);
      }
      REQUIRE(sum == doctest::Approx(1).epsilon(1e-5));
      REQUIRE(std::exp(entropy) == doctest::Approx(perplexity).epsilon(1e-4));
    }
  }
}

TEST_CASE("affinities do not depend on the unit of the distances") {
  const std::size_t n = 100;
  Graph g = graph_of(clusters(n), n, 30);
  Monitor monitor;
  const std::vector<float> p = conditional_affinities(g.view(), 10, {1, monitor});
  for (float& d : g.distances) d *= 0x1p100f;
  CHECK(conditional_affinities(g.view(), 10, {1, monitor}) == p);
}

TEST_CASE("symmetric affinities are the mean of the two directions") {
  const std::size_t n = 333;
  const Graph g = graph_of(clusters(n), n, 21);
  Monitor monitor;
  const std::vector<float> p = conditional_affinities(g.view(), 7, {2, monitor});
  std::map<std::pair<std::size_t, std::size_t>, double> expected;
  for (std::size_t e = 0; e < p.size(); e++) {
    const std::size_t i = e / 21, j = g.indices[e];
    expected[{i, j}] += p[e] / (2.0 * n);
    expected[{j, i}] += p[e] / (2.0 * n);
  }
  const god::Affinities a = symmetrize(g.view(), p, {2, monitor});
  std::size_t found = 0;
  double sum = 0;
  for (std::size_t i = 0; i < n; i++) {
    CHECK(a.offsets[i + 1] % god::kTsneLanes == 0);
    for (std::size_t e = a.offsets[i]; e < a.offsets[i + 1]; e++) {
      const auto it = expected.find({i, a.columns[e]});
      sum += a.values[e];
      if (it == expected.end()) {
        REQUIRE(a.values[e] == 0);
      } else {
        REQUIRE(a.values[e] == doctest::Approx(it->second).epsilon(1e-6));
        found++;
      }
    }
  }
  CHECK(found == expected.size());
  CHECK(sum == doctest::Approx(1).epsilon(1e-5));
}

TEST_CASE("forces equal the exact gradient at theta 0, and within 2 % at theta 0.5") {
  const std::size_t n = 1200;
  const god::Affinities p = affinities_of(graph_of(clusters(n), n, 30), 10);
  for (const double spread : {1e-4, 0.3, 20.0}) {
    CAPTURE(spread);
    const std::vector<float> line = normals(n, 1, spread), plane = normals(2 * n, 2, spread),
                             space = normals(3 * n, 3, spread);
    CHECK(gradient_error<1>(p, line, 0) < 1e-5);
    CHECK(gradient_error<2>(p, plane, 0) < 1e-5);
    CHECK(gradient_error<3>(p, space, 0) < 1e-5);
    CHECK(gradient_error<1>(p, line, 0.5) < 0.02);
    CHECK(gradient_error<2>(p, plane, 0.5) < 0.02);
    CHECK(gradient_error<3>(p, space, 0.5) < 0.02);
  }
}

TEST_CASE("forces from reused lists follow the points") {
  const std::size_t n = 900;
  const std::vector<float> y = normals(2 * n, 5, 10);
  const god::Affinities p = affinities_of(graph_of(clusters(n), n, 30), 10);
  god::Descent<2> descent(p, y.data(), 0.5, 2);
  std::vector<float> now(2 * n), gradient(2 * n);
  for (int iteration = 0; iteration < 75; iteration++) {
    descent.compute_forces();
    if (iteration >= 48) {
      descent.write_gradient(gradient.data());
      descent.write(now.data());
      // `write` centers the layout, which does not change the forces.
      CHECK(relative_error(gradient, reference(p, now, 2).gradient) < 0.06);
    }
    descent.step({4, 50, 0.5});
  }
}

TEST_CASE("the reported divergence agrees with the definition") {
  const std::size_t n = 1000;
  const std::vector<float> x = clusters(n);
  const Graph g = graph_of(x, n, 30);
  const god::Affinities p = affinities_of(g, 10);
  for (const std::size_t dims : {1, 2, 3}) {
    std::vector<float> y = normals(n * dims, 9, 1e-4);
    Monitor monitor;
    god::TsneOptions o = options();
    const double exact = tsne(p, o, {2, monitor}, {y.data(), n, dims}, nullptr).divergence;
    const double expected = reference(p, y, dims).divergence;
    CHECK(exact == doctest::Approx(expected).epsilon(1e-5));
    CHECK(exact < 2.5);
    y = normals(n * dims, 9, 1e-4);
    o.exact_divergence = false;
    CHECK(tsne(p, o, {2, monitor}, {y.data(), n, dims}, nullptr).divergence ==
          doctest::Approx(expected).epsilon(5e-3));
  }
}

TEST_CASE("results are bit-identical for any number of threads, with and without reports") {
  const std::size_t n = 2000;
  const Graph g = graph_of(clusters(n), n, 45);
  std::vector<float> first;
  for (const std::size_t threads : {1, 2, 3, 8}) {
    std::vector<float> y = normals(2 * n, 4, 1e-4);
    god::TsneOptions o = options();
    o.report_every = threads == 3 ? 7 : 0;
    std::vector<double> history(50);
    Monitor monitor;
    tsne(affinities_of(g, 15), o, {threads, monitor}, {y.data(), n, 2}, history.data());
    CHECK(monitor.progress() == 301);
    if (first.empty()) first = y;
    CHECK(first == y);
  }
}

TEST_CASE("a descent without progress stops at the same iteration for any number of threads") {
  const std::size_t n = 600;
  const Graph g = graph_of(clusters(n), n, 45);
  god::TsneOptions o = options();
  o.iterations = 5000;
  o.patience = 100;
  o.least_progress = 1e-3;
  std::vector<std::size_t> done;
  for (const std::size_t threads : {1, 3}) {
    std::vector<float> y = normals(2 * n, 4, 1e-4);
    Monitor monitor;
    const god::TsneResult result =
        tsne(affinities_of(g, 15), o, {threads, monitor}, {y.data(), n, 2}, nullptr);
    done.push_back(result.iterations);
    CHECK(monitor.progress() == static_cast<double>(result.iterations + 1));
    // Stopping lost little: 1000 more iterations hardly improve the divergence.
    std::vector<float> on = y;
    god::TsneOptions more{0.5, 1000, 1, 0, 0, 0.8, 0, true};
    const double later =
        tsne(affinities_of(g, 15), more, {threads, monitor}, {on.data(), n, 2}, nullptr).divergence;
    CHECK(later > result.divergence - 0.02);
  }
  CHECK(done[0] == done[1]);
  CHECK(done[0] >= 200);  // 100 of exaggeration and 100 of patience
  CHECK(done[0] < 5000);
  CHECK(done[0] % 25 == 0);
  o.least_progress = 1e9;  // no later divergence counts as progress
  std::vector<float> y = normals(2 * n, 4, 1e-4);
  Monitor monitor;
  CHECK(tsne(affinities_of(g, 15), o, {2, monitor}, {y.data(), n, 2}, nullptr).iterations == 200);
}

TEST_CASE("clusters of the data are clusters of the map") {
  const std::size_t n = 700;
  const Graph g = graph_of(clusters(n), n, 45);
  std::vector<float> y = normals(2 * n, 4, 1e-4);
  Monitor monitor;
  tsne(affinities_of(g, 15), options(), {2, monitor}, {y.data(), n, 2}, nullptr);
  const Graph close = graph_of(y, n, 5);
  std::size_t same = 0;
  // Rows i and j are in the same cluster if they agree modulo 35 = 5 * 7, or if both are 0 modulo 7: these
  // are not shifted.
  for (std::size_t e = 0; e < n * 5; e++) {
    const std::size_t i = e / 5, j = close.indices[e];
    same += i % 35 == j % 35 || (i % 7 == 0 && j % 7 == 0) ? 1 : 0;
  }
  CHECK(static_cast<double>(same) > 0.95 * static_cast<double>(n * 5));
}

TEST_CASE("duplicates, few points and absurd learning rates give finite maps") {
  Monitor monitor;
  const auto run = [&](const std::vector<float>& x, std::size_t n, double perplexity, double rate,
                       std::size_t dims) {
    const std::size_t k = std::max<std::size_t>(1, static_cast<std::size_t>(3 * perplexity));
    const Graph g = graph_of(x, n, k);
    std::vector<float> y(n * dims);
    god::initial_layout_pca({x.data(), n, x.size() / n}, 1, {2, monitor}, {y.data(), n, dims});
    god::TsneOptions o = options();
    o.learning_rate = rate;
    const double kl =
        tsne(affinities_of(g, perplexity), o, {2, monitor}, {y.data(), n, dims}, nullptr).divergence;
    CHECK(std::isfinite(kl));
    CHECK(std::all_of(y.begin(), y.end(), [](float v) { return std::isfinite(v); }));
  };
  for (std::size_t n = 2; n < 9; n++) run(normals(3 * n, n), n, static_cast<double>(n - 1) / 3, 0, 2);
  run(std::vector<float>(200 * 3, 1.5f), 200, 10, 0, 2);
  run(std::vector<float>(200 * 3, 1.5f), 200, 10, 1e30, 3);
  run(clusters(500), 500, 10, 1e30, 2);
  run(normals(300, 1, 1e30), 300, 30, 0, 2);
  run(normals(300, 1, 1e-30), 300, 30, 1e-30, 1);
}

TEST_CASE("the tree and its lists stay bounded if many places are equal") {
  const std::size_t n = 1000000;
  const std::vector<float> y(2 * n, 0.25f);
  god::CellTree<2> tree(n);
  tree.build(y.data(), 2);
  CHECK(god::CellTree<2>::dense(tree.cell(0)));
  CHECK(tree.charges()[n].mass == 1e6f);
  CHECK(tree.charges()[n].at[0] == 0.25f);
  god::Repulsion<2> repulsion(n, 0.5, 1);
  std::vector<float> force(2 * n, 1);
  for (std::size_t job = 0; job < repulsion.jobs(); job++) repulsion.run(job, 0, tree, true, force.data());
  CHECK(repulsion.normalizer() == doctest::Approx(1e12 - 1e6));
  CHECK(std::all_of(force.begin(), force.end(), [](float v) { return v == 0; }));
}

TEST_CASE("a request to stop cancels the run") {
  const Graph g = graph_of(clusters(100), 100, 9);
  std::vector<float> y = normals(200, 4, 1e-4);
  Monitor monitor;
  monitor.stop();
  CHECK_THROWS_AS(tsne(affinities_of(g, 3), options(), {2, monitor}, {y.data(), 100, 2}, nullptr),
                  god::Cancelled);
}
