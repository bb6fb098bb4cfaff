// Gradient descent of t-SNE. Holds the layout, the optimizer's state and the affinities, all sorted by the
// layout's Morton order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/monitor.hpp"
#include "tsne/affinities.hpp"
#include "tsne/interpolation.hpp"
#include "tsne/phases.hpp"
#include "tsne/repulsion.hpp"
#include "tsne/tree.hpp"

namespace god {

struct StepRule {
  double exaggeration;
  double learning_rate;
  double momentum;
};

enum class RepulsionMethod {
  kAuto,  // the one that is faster for the current layout
  kCells,
  kGrid,  // only for D = 2 and theta > 0, and unless the layout's extent needs too many nodes; else kCells
};

template <int D>
class Descent {
 public:
  // `layout` is n x D and is copied; `affinities` has n rows. `timed`: measure what `add_seconds` reports.
  Descent(Affinities affinities, const float* layout, double theta, std::size_t threads,
          RepulsionMethod method = RepulsionMethod::kAuto, bool timed = false);

  // An iteration is `compute_forces`, then `step`. The gradient is attraction - repulsion / Z: that of the
  // Kullback-Leibler divergence without its constant factor 4, as in most implementations.
  void compute_forces();
  void step(StepRule rule);

  // Computes the forces without reusing cells or lists of earlier iterations, to measure a final layout.
  void compute_forces_afresh();
  // The Kullback-Leibler divergence, sum of p log(p / q), of the layout whose forces were computed last. Z is
  // approximate if theta > 0.
  double divergence() const { return divergence(normalizer_); }
  // The same for the current layout, with Z summed over all pairs. O(n^2).
  double exact_divergence(const Monitor& monitor);

  // Writes the layout, with its mean at the origin, in the order of the constructor's points.
  void write(float* out) const;
  // Writes the gradient without exaggeration, from the last forces, in the same order.
  void write_gradient(float* out) const;
  // Adds the time of each phase to `sums`, if the descent is timed.
  void add_seconds(PhaseSeconds& sums) const;

 private:
  bool choose_grid();
  void reorder();
  void sum_forces(bool new_cells);
  void sum_forces_on_grid();
  void attract(std::size_t block, std::size_t worker);
  double divergence(double normalizer) const;
  // Where a worker, 0 .. threads - 1, adds up its seconds. Worker 0's also has the phases that the threads do
  // together.
  PhaseSeconds* clock(std::size_t worker) { return clocks_.empty() ? nullptr : &clocks_[worker]; }

  std::size_t n_;
  std::size_t threads_;
  std::size_t tree_threads_;
  Affinities affinities_;
  double negative_entropy_;
  std::vector<std::uint32_t> ids_;  // row i is point ids_[i] of the constructor's
  // n x D, padded to a multiple of 16 floats.
  std::vector<float> layout_, velocity_, gains_, attraction_, repulsion_;
  CellTree<D> tree_;
  Repulsion<D> repelling_;
  RepulsionMethod method_;
  std::optional<InterpolatedRepulsion> grid_;
  bool on_grid_ = false;
  double normalizer_ = 1;
  std::size_t iteration_ = 0;
  std::size_t next_cells_ = 0;
  std::size_t next_reorder_ = 0;
  std::vector<PhaseSeconds> clocks_;
};

extern template class Descent<1>;
extern template class Descent<2>;
extern template class Descent<3>;

}  // namespace god
