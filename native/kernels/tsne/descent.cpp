#include "tsne/descent.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/parallel.hpp"
#include "tsne/dispatch.hpp"

namespace god {
namespace {

constexpr std::size_t kAttractionRows = 128;
constexpr std::size_t kStepFloats = 8192;
constexpr float kLongestStep = 5;
// For fewer points, one thread builds a tree in less time than it takes to wake another.
constexpr std::size_t kPointsForThreads = 4096;
// Points move less and less, so cells and interaction lists are reused for more and more iterations: one for
// each kReuseShare done so far, at most kLongestReuse. The final divergence stays the same within 0.002.
constexpr std::size_t kReuseShare = 25;
constexpr std::size_t kLongestReuse = 25;
// A grid with more nodes per point than this is slower than cells and, as the layout is sparse, less
// accurate.
constexpr std::size_t kNodesPerPoint = 4;
// The largest spacing of the grid's nodes for theta >= 0.5; proportionally smaller below.
constexpr double kLargestSpacing = 0.4;

template <class T>
void apply_order(std::vector<T>& rows, const std::vector<std::uint32_t>& order, std::size_t width) {
  std::vector<T> moved(rows.size());
  for (std::size_t r = 0; r < order.size(); r++) {
    for (std::size_t c = 0; c < width; c++) moved[r * width + c] = rows[order[r] * width + c];
  }
  rows.swap(moved);
}

}  // namespace

template <int D>
Descent<D>::Descent(Affinities affinities, const float* layout, double theta, std::size_t threads,
                    RepulsionMethod method, bool timed)
    : n_(affinities.size()),
      threads_(threads),
      tree_threads_(n_ < kPointsForThreads ? 1 : threads),
      affinities_(std::move(affinities)),
      negative_entropy_(negative_entropy(affinities_, threads)),
      ids_(n_),
      tree_(n_),
      repelling_(n_, theta, threads),
      method_(D != 2 || theta == 0 ? RepulsionMethod::kCells : method),
      clocks_(timed ? std::max<std::size_t>(1, threads) : 0) {
  std::iota(ids_.begin(), ids_.end(), 0u);
  const std::size_t floats = (n_ * D + kTsneLanes - 1) / kTsneLanes * kTsneLanes;
  for (auto* state : {&layout_, &velocity_, &attraction_, &repulsion_}) state->assign(floats, 0.0f);
  gains_.assign(floats, 1.0f);
  std::copy_n(layout, n_ * D, layout_.begin());
  if (method_ != RepulsionMethod::kCells) {
    grid_.emplace(n_, kLargestSpacing * std::min(1.0, theta / 0.5), threads);
  }
}

// Fits the grid to the layout. Returns whether to use it.
template <int D>
bool Descent<D>::choose_grid() {
  if (!grid_) return false;
  const std::size_t nodes = grid_->fit(layout_.data());
  return nodes > 0 && (method_ == RepulsionMethod::kGrid || nodes <= kNodesPerPoint * n_);
}

template <int D>
void Descent<D>::compute_forces() {
  // The choice is made again in every iteration on the grid, and on cells whenever new cells are due.
  const bool new_cells = on_grid_ || iteration_ >= next_cells_;
  if (new_cells) on_grid_ = choose_grid();
  if (on_grid_) {
    if (iteration_ >= next_reorder_) {
      tree_.build(layout_.data(), tree_threads_);
      reorder();
    }
    return sum_forces_on_grid();
  }
  {
    const Stopwatch watch(clock(0), &PhaseSeconds::cells);
    if (new_cells) {
      next_cells_ = iteration_ + std::clamp<std::size_t>(iteration_ / kReuseShare, 1, kLongestReuse);
      tree_.build(layout_.data(), tree_threads_);
    } else {
      tree_.refresh(layout_.data(), tree_threads_);
    }
  }
  if (new_cells && iteration_ >= next_reorder_) reorder();
  sum_forces(new_cells);
}

template <int D>
void Descent<D>::compute_forces_afresh() {
  on_grid_ = choose_grid();
  if (on_grid_) return sum_forces_on_grid();
  tree_.build(layout_.data(), tree_threads_);
  sum_forces(true);
}

template <int D>
void Descent<D>::step(StepRule rule) {
  const Stopwatch watch(clock(0), &PhaseSeconds::step);
  const StepParameters parameters{static_cast<float>(rule.exaggeration), static_cast<float>(1 / normalizer_),
                                  static_cast<float>(rule.learning_rate), static_cast<float>(rule.momentum),
                                  kLongestStep};
  parallel_rows(threads_, layout_.size(), kStepFloats,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  const StepState state{&layout_[begin], &velocity_[begin], &gains_[begin],
                                        &attraction_[begin], &repulsion_[begin]};
                  tsne_simd().step(state, parameters, end - begin);
                });
  iteration_++;
}

// Sorts everything by the tree's order, so that points near each other in the layout are near in memory.
template <int D>
void Descent<D>::reorder() {
  const Stopwatch watch(clock(0), &PhaseSeconds::reorder);
  next_reorder_ = iteration_ == 0 ? 20 : iteration_ < 50 ? 50 : iteration_ + 100;
  const std::vector<std::uint32_t>& order = tree_.order();
  affinities_ = permute(affinities_, order, threads_);
  for (auto* state : {&layout_, &velocity_, &gains_}) apply_order(*state, order, D);
  apply_order(ids_, order, 1);
  tree_.forget_order();
}

template <int D>
void Descent<D>::sum_forces(bool new_cells) {
  const Stopwatch watch(clock(0), &PhaseSeconds::forces);
  const std::size_t repulsion_jobs = repelling_.jobs();
  const std::size_t attraction_jobs = (n_ + kAttractionRows - 1) / kAttractionRows;
  parallel_for(threads_, repulsion_jobs + attraction_jobs, [&](std::size_t job, std::size_t worker) {
    if (job < repulsion_jobs) {
      repelling_.run(job, worker, tree_, new_cells, repulsion_.data(), clock(worker));
    } else {
      attract(job - repulsion_jobs, worker);
    }
  });
  normalizer_ = repelling_.normalizer();
}

template <int D>
void Descent<D>::sum_forces_on_grid() {
  const Stopwatch watch(clock(0), &PhaseSeconds::forces);
  {
    const Stopwatch own(clock(0), &PhaseSeconds::grid);
    grid_->run(layout_.data(), repulsion_.data());
  }
  parallel_for(threads_, (n_ + kAttractionRows - 1) / kAttractionRows,
               [&](std::size_t block, std::size_t worker) { attract(block, worker); });
  normalizer_ = grid_->normalizer();
}

template <int D>
void Descent<D>::attract(std::size_t block, std::size_t worker) {
  const Stopwatch watch(clock(worker), &PhaseSeconds::attraction);
  const std::size_t begin = block * kAttractionRows;
  tsne_simd().attract[D](layout_.data(), affinities_.view(), begin, std::min(n_, begin + kAttractionRows),
                         attraction_.data());
}

template <int D>
double Descent<D>::divergence(double normalizer) const {
  std::vector<double> parts((n_ + kAttractionRows - 1) / kAttractionRows);
  parallel_rows(
      threads_, n_, kAttractionRows, [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
        parts[block] = tsne_simd().log_kernel_sum[D](layout_.data(), affinities_.view(), begin, end);
      });
  return negative_entropy_ + std::accumulate(parts.begin(), parts.end(), 0.0) + std::log(normalizer);
}

template <int D>
double Descent<D>::exact_divergence(const Monitor& monitor) {
  tree_.build(layout_.data(), tree_threads_);
  Repulsion<D> all_pairs(n_, 0, threads_);
  std::vector<float> force(n_ * D);
  parallel_for(threads_, all_pairs.jobs(), [&](std::size_t job, std::size_t worker) {
    monitor.check();
    all_pairs.run(job, worker, tree_, true, force.data());
  });
  return divergence(all_pairs.normalizer());
}

template <int D>
void Descent<D>::write(float* out) const {
  double mean[D] = {};
  for (std::size_t i = 0; i < n_ * D; i++) mean[i % D] += static_cast<double>(layout_[i]);
  for (double& m : mean) m /= static_cast<double>(n_);
  for (std::size_t i = 0; i < n_; i++) {
    for (std::size_t c = 0; c < D; c++) {
      out[std::size_t{ids_[i]} * D + c] = static_cast<float>(layout_[i * D + c] - mean[c]);
    }
  }
}

template <int D>
void Descent<D>::write_gradient(float* out) const {
  for (std::size_t i = 0; i < n_; i++) {
    for (std::size_t c = 0; c < D; c++) {
      const std::size_t e = i * D + c;
      out[std::size_t{ids_[i]} * D + c] = static_cast<float>(attraction_[e] - repulsion_[e] / normalizer_);
    }
  }
}

template <int D>
void Descent<D>::add_seconds(PhaseSeconds& sums) const {
  for (const PhaseSeconds& clock : clocks_) {
    for (const auto phase :
         {&PhaseSeconds::cells, &PhaseSeconds::reorder, &PhaseSeconds::forces, &PhaseSeconds::walk,
          &PhaseSeconds::repulsion, &PhaseSeconds::attraction, &PhaseSeconds::step, &PhaseSeconds::grid}) {
      sums.*phase += clock.*phase;
    }
  }
}

template class Descent<1>;
template class Descent<2>;
template class Descent<3>;

}  // namespace god
