#include "tsne/placement.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "base/parallel.hpp"
#include "tsne/dispatch.hpp"

namespace god {
namespace {

// The attraction's curvature is at most 1, so this is well below the limit of stability, 2 (1 + momentum).
constexpr float kRate = 1;
constexpr float kMomentum = 0.8f;
constexpr float kLongestStep = 5;
// This many charges are summed in float32; these sums are added up in float64.
constexpr std::size_t kChunk = 4096;

// Up to 16 new points that descend side by side. Coordinates are planar, as tsne_simd.hpp expects.
template <int D>
class Travelers {
 public:
  Travelers(const std::vector<Charge>& charges, ConstMatrix32 map, NeighborView neighbors,
            const float* weights, std::size_t first, std::size_t count)
      : charges_(charges), map_(map), neighbors_(neighbors), weights_(weights), first_(first), count_(count) {
    for (std::size_t l = 0; l < count_; l++) {
      for (std::size_t c = 0; c < D; c++) at_[c * kTsneLanes + l] = weighted_median(first_ + l, c);
    }
  }

  void step() {
    repel();
    for (std::size_t l = 0; l < count_; l++) {
      float gradient[D];
      attract(l, gradient);
      for (std::size_t c = 0; c < D; c++) {
        const std::size_t e = c * kTsneLanes + l;
        gradient[c] -= static_cast<float>(force_[e] / kernel_[l]);
        const float moved = kMomentum * velocity_[e] - kRate * gradient[c];
        velocity_[e] = std::clamp(moved, -kLongestStep, kLongestStep);
        at_[e] += velocity_[e];
      }
    }
  }

  void write(Matrix32 places) const {
    for (std::size_t l = 0; l < count_; l++) {
      for (std::size_t c = 0; c < D; c++) places.row(first_ + l)[c] = at_[c * kTsneLanes + l];
    }
  }

 private:
  const std::uint32_t* ids(std::size_t i) const { return neighbors_.indices + i * neighbors_.k; }

  float weighted_median(std::size_t i, std::size_t column) const {
    std::vector<std::size_t> order(neighbors_.k);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto place = [&](std::size_t e) { return map_.row(ids(i)[e])[column]; };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
    double sum = 0;
    for (const std::size_t e : order) {
      sum += static_cast<double>(weights_[i * neighbors_.k + e]);
      if (sum >= 0.5) return place(e);
    }
    return place(order.back());
  }

  void repel() {
    std::fill_n(force_, D * kTsneLanes, 0.0);
    std::fill_n(kernel_, kTsneLanes, 0.0);
    for (std::size_t from = 0; from < charges_.size(); from += kChunk) {
      alignas(64) float force[D * kTsneLanes];
      alignas(64) float kernel[kTsneLanes];
      tsne_simd().repel_each[D](at_, charges_.data() + from, std::min(kChunk, charges_.size() - from), force,
                                kernel);
      for (std::size_t e = 0; e < D * kTsneLanes; e++) force_[e] += static_cast<double>(force[e]);
      for (std::size_t l = 0; l < kTsneLanes; l++) kernel_[l] += static_cast<double>(kernel[l]);
    }
  }

  void attract(std::size_t l, float* gradient) const {
    std::fill_n(gradient, D, 0.0f);
    for (std::size_t e = 0; e < neighbors_.k; e++) {
      const float* other = map_.row(ids(first_ + l)[e]);
      float difference[D];
      float squared = 1;
      for (std::size_t c = 0; c < D; c++) {
        difference[c] = at_[c * kTsneLanes + l] - other[c];
        squared += difference[c] * difference[c];
      }
      const float pull = weights_[(first_ + l) * neighbors_.k + e] / squared;
      for (std::size_t c = 0; c < D; c++) gradient[c] += pull * difference[c];
    }
  }

  const std::vector<Charge>& charges_;
  ConstMatrix32 map_;
  NeighborView neighbors_;
  const float* weights_;
  std::size_t first_;
  std::size_t count_;
  alignas(64) float at_[D * kTsneLanes] = {};
  float velocity_[D * kTsneLanes] = {};
  double force_[D * kTsneLanes];
  double kernel_[kTsneLanes];
};

template <int D>
void place_all(ConstMatrix32 map, NeighborView neighbors, const std::vector<float>& weights,
               std::size_t iterations, Run run, Matrix32 places) {
  std::vector<Charge> charges(map.rows, Charge{{0, 0, 0}, 1});
  for (std::size_t j = 0; j < map.rows; j++) std::copy_n(map.row(j), D, charges[j].at);
  std::atomic<std::size_t> done{0};
  parallel_rows(run.threads, places.rows, kTsneLanes,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  Travelers<D> travelers(charges, map, neighbors, weights.data(), begin, end - begin);
                  for (std::size_t iteration = 0; iteration < iterations; iteration++) {
                    run.monitor.check();
                    travelers.step();
                  }
                  travelers.write(places);
                  const std::size_t count = done += end - begin;
                  // Only one thread reports, so that progress never decreases.
                  if (worker == 0)
                    run.monitor.progress(static_cast<double>(count) / static_cast<double>(places.rows));
                });
}

}  // namespace

void place_on_map(ConstMatrix32 map, NeighborView neighbors, double perplexity, std::size_t iterations,
                  Run run, Matrix32 places) {
  if (places.rows == 0) return;
  const std::uint32_t* end = neighbors.indices + neighbors.n * neighbors.k;
  if (neighbors.k == 0 ||
      std::any_of(neighbors.indices, end, [&](std::uint32_t j) { return j >= map.rows; })) {
    throw std::invalid_argument("the index of a neighbor is not a row of the map");
  }
  const std::vector<float> weights = conditional_affinities(neighbors, perplexity, run);
  switch (map.cols) {
    case 1:
      return place_all<1>(map, neighbors, weights, iterations, run, places);
    case 2:
      return place_all<2>(map, neighbors, weights, iterations, run, places);
    case 3:
      return place_all<3>(map, neighbors, weights, iterations, run, places);
    default:
      throw std::invalid_argument("a map must have one, two or three dimensions");
  }
}

}  // namespace god
