// Gradient descent of t-SNE: the layout, its optimizer's state and the affinities, kept in Morton order of
// the layout.
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
  kAuto,  // by whichever is faster for the layout as it is
  kCells,
  kGrid,  // in the plane and for theta > 0, unless the layout's extent takes too many nodes
};

template <int D>
class Descent {
 public:
  // `layout` is n x D and is copied; `affinities` has n rows. `timed`: look at the clock, for `seconds`.
  Descent(Affinities affinities, const float* layout, double theta, std::size_t threads,
          RepulsionMethod method = RepulsionMethod::kAuto, bool timed = false);

  // One iteration is both, in this order. The gradient is that of the Kullback-Leibler divergence without its
  // constant factor 4, as is usual: attraction - repulsion / Z.
  void compute_forces();
  void step(StepRule rule);

  // Forces by separate cells and lists, for a layout that is measured and not moved.
  void compute_forces_afresh();
  // Kullback-Leibler divergence, sum of p log(p / q), of the layout for which forces were last computed. Z is
  // approximate when theta > 0.
  double divergence() const { return divergence(normalizer_); }
  // The same for the layout as it is now, with Z summed over all pairs. O(n^2).
  double exact_divergence(const Monitor& monitor);

  // Puts the layout into the order of the points that were given, its mean at the origin.
  void write(float* out) const;
  // The gradient of the last forces, without exaggeration, in that order.
  void write_gradient(float* out) const;
  // Adds where the time went, if it was taken.
  void add_seconds(PhaseSeconds& sums) const;

 private:
  bool choose_grid();
  void reorder();
  void sum_forces(bool new_cells);
  void sum_forces_on_grid();
  void attract(std::size_t block, std::size_t worker);
  double divergence(double normalizer) const;
  // Where worker 0 .. threads - 1 adds up its seconds; the first one also those of all together.
  PhaseSeconds* clock(std::size_t worker) { return clocks_.empty() ? nullptr : &clocks_[worker]; }

  std::size_t n_;
  std::size_t threads_;
  std::size_t tree_threads_;
  Affinities affinities_;
  double negative_entropy_;
  std::vector<std::uint32_t> ids_;  // ids_[i]: which of the given points row i is
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
