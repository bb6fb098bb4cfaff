#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/parallel.hpp"
#include "vae/vae.hpp"
#include "vae/vae_layers.hpp"
#include "vae/vae_random.hpp"
#include "vae/vae_step.hpp"

namespace god {
namespace {

enum Column { kBeta, kTraining, kValidation = kTraining + kVaeQuality };

// The sum of squared differences of the chosen rows from their column means.
double variation(ConstMatrix32 x, const std::vector<std::uint32_t>& rows, const Monitor& monitor) {
  std::vector<double> mean(x.cols), squares(x.cols);
  for (const std::uint32_t row : rows) {
    monitor.check();
    for (std::size_t j = 0; j < x.cols; j++) mean[j] += static_cast<double>(x.row(row)[j]);
  }
  for (double& m : mean) m /= static_cast<double>(rows.size());
  double total = 0;
  for (const std::uint32_t row : rows) {
    monitor.check();
    for (std::size_t j = 0; j < x.cols; j++) {
      const double difference = static_cast<double>(x.row(row)[j]) - mean[j];
      total += difference * difference;
    }
  }
  return total;
}

// A fit: the schedule of epochs around VaeStep.
class Fit {
 public:
  Fit(ConstMatrix32 x, const VaeShape& shape, const VaeTraining& training, const VaeState& state, Run run)
      : x_(x),
        shape_(shape),
        training_(training),
        state_(state),
        run_(run),
        layout_(shape),
        split_(vae_split(training.seed, training.validation, x.rows)),
        batch_(std::min(training.batch, split_.training.size())),
        steps_((split_.training.size() + batch_ - 1) / batch_),
        variation_(variation(x, split_.training, run.monitor)),
        step_(layout_, batch_, training.seed, run) {
    if (training.groups == nullptr) return;
    for (const std::uint32_t row : split_.validation) groups_.push_back(training.groups[row]);
  }

  VaeOutcome run() {
    if (state_.done == 0) vae_initialize(shape_, training_.seed, state_.parameters);
    std::size_t epoch = state_.done;
    for (; epoch < training_.epochs && !exhausted(epoch); epoch++) {
      double* row = state_.history + epoch * kVaeHistory;
      const std::size_t finite_steps = train(epoch, row);
      if (finite_steps < steps_) return {epoch, VaeOutcome::kNotTraining, finite_steps};
      if (!validate(epoch, row)) return {epoch, VaeOutcome::kNotValidation, 0};
      const std::size_t best = best_epoch(epoch + 1);
      if (best == epoch || best == kNone) {
        std::copy_n(state_.parameters, layout_.parameters, state_.best);
      }
      run_.monitor.progress(static_cast<double>(epoch + 1));
    }
    return {epoch, VaeOutcome::kAll, 0};
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  double beta(std::uint64_t step) const {
    const double ramp = training_.warmup * static_cast<double>(steps_);
    return static_cast<double>(step) < ramp ? training_.beta * (static_cast<double>(step) / ramp)
                                            : training_.beta;
  }

  // Returns the number of steps with a finite loss: all of them, if all went well.
  std::size_t train(std::size_t epoch, double* row) {
    const std::size_t n = split_.training.size();
    const std::vector<std::uint32_t> order =
        vae_permutation(training_.seed, VaeStream::kShuffle, static_cast<std::uint64_t>(epoch) * n, n);
    std::vector<std::uint32_t> rows(n);
    for (std::size_t i = 0; i < n; i++) rows[i] = split_.training[order[i]];
    VaeSums sums;
    double used = 0;
    for (std::size_t s = 0; s < steps_; s++) {
      const std::size_t begin = s * batch_;
      const std::uint64_t step = static_cast<std::uint64_t>(epoch) * steps_ + s;
      used = beta(step);
      step_.train(
          x_, &rows[begin], std::min(batch_, n - begin), static_cast<std::uint64_t>(epoch) * n + begin,
          {used, training_.free_bits, training_.clip_norm},
          {state_.parameters, state_.first_moment, state_.second_moment, training_.learning_rate, step + 1},
          sums);
      // Stays below epoch + 1, because the epoch ends with its validation.
      run_.monitor.progress(static_cast<double>(epoch) +
                            0.9 * static_cast<double>(s + 1) / static_cast<double>(steps_));
      if (!std::isfinite(sums.loss)) return s;
    }
    row[kBeta] = used;
    write(sums, row + kTraining);
    return steps_;
  }

  void write(const VaeSums& sums, double* quality) const {
    quality[0] = sums.loss / sums.rows;
    quality[1] = 0.5 * sums.squared_error / sums.rows;
    quality[2] = sums.divergence / sums.rows;
    quality[3] = vae_explained(sums.squared_error, variation_);
    quality[4] = vae_active_units(sums.mean.data(), sums.mean_squares.data(), layout_.latent, sums.rows);
  }

  // Returns whether the validation loss is finite.
  bool validate(std::size_t epoch, double* row) {
    double* quality = row + kValidation;
    std::fill_n(quality, kVaeQuality, std::numeric_limits<double>::quiet_NaN());
    if (split_.validation.empty()) return true;
    VaeEvaluation options;
    options.beta = training_.beta;
    options.free_bits = training_.free_bits;
    options.seed = training_.seed;
    options.rows = split_.validation.data();
    options.row_count = split_.validation.size();
    if (!groups_.empty()) {
      options.groups = groups_.data();
      options.group_count = training_.group_count;
    }
    const std::size_t group_figures = options.group_count * kVaeQuality;
    std::vector<double> figures(group_figures + kVaeQuality);
    vae_evaluate(x_, shape_, state_.parameters, options, run_, figures.data());
    std::copy_n(&figures[group_figures], kVaeQuality, quality);
    if (!groups_.empty()) {
      std::copy_n(figures.data(), group_figures, state_.group_history + epoch * group_figures);
    }
    return std::isfinite(quality[0]);
  }

  double judged_loss(std::size_t epoch) const {
    return state_.history[epoch * kVaeHistory + (split_.validation.empty() ? kTraining : kValidation)];
  }

  // The judged epoch with the least loss among the first `done`, or kNone if none of them was judged.
  std::size_t best_epoch(std::size_t done) const {
    std::size_t best = kNone;
    for (std::size_t epoch = 0; epoch < done; epoch++) {
      if (static_cast<double>(epoch) < training_.warmup) continue;
      if (best == kNone || judged_loss(epoch) < judged_loss(best)) best = epoch;
    }
    return best;
  }

  bool exhausted(std::size_t done) const {
    const std::size_t best = best_epoch(done);
    return training_.patience > 0 && best != kNone && done - 1 - best >= training_.patience;
  }

  ConstMatrix32 x_;
  const VaeShape& shape_;
  const VaeTraining& training_;
  const VaeState& state_;
  Run run_;
  VaeLayout layout_;
  VaeSplit split_;
  std::size_t batch_;
  std::size_t steps_;  // steps per epoch
  double variation_;
  std::vector<std::uint32_t> groups_;  // the group of each validation row; empty without groups
  VaeStep step_;
};

}  // namespace

VaeOutcome vae_fit(ConstMatrix32 x, const VaeShape& shape, const VaeTraining& training, const VaeState& state,
                   Run run) {
  if (x.rows == 0 || x.cols != shape.input || shape.input == 0 || shape.latent == 0 || training.batch == 0) {
    throw std::invalid_argument(
        "vae_fit needs at least one row, as many columns as the shape has, latent units and a batch size");
  }
  check_finite(x, "X", run.threads);
  return Fit(x, shape, training, state, run).run();
}

}  // namespace god
