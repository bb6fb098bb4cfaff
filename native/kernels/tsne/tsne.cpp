#include "tsne/tsne.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/parallel.hpp"

namespace god {
namespace {

// The exaggeration falls geometrically to the late one. The usual schedule, 12 for 250 iterations and then 1,
// leaves clumps that never dissolve: on real data, 500 iterations of this schedule reach a lower divergence
// than 1000 of the usual one.
double exaggeration_at(std::size_t iteration, const TsneOptions& options) {
  if (iteration >= options.exaggeration_iterations) return options.late_exaggeration;
  const double left =
      1 - static_cast<double>(iteration) / static_cast<double>(options.exaggeration_iterations);
  const double late = options.late_exaggeration;
  return late * std::pow(options.early_exaggeration / late, left);
}

StepRule rule_at(std::size_t iteration, std::size_t n, const TsneOptions& options) {
  const double exaggeration = exaggeration_at(iteration, options);
  const double automatic = static_cast<double>(n) / exaggeration;
  return {exaggeration, options.learning_rate > 0 ? options.learning_rate : automatic, options.momentum};
}

// Decides when to stop for lack of progress. An estimate of the divergence costs as much as the attraction of
// an iteration, so it is made only every kEvery iterations.
class Patience {
 public:
  static constexpr std::size_t kEvery = 25;

  explicit Patience(const TsneOptions& options) : options_(options) {}

  // Whether `ends` needs the divergence after this many iterations.
  bool asks(std::size_t done) const {
    return options_.patience > 0 && done >= options_.exaggeration_iterations && done % kEvery == 0;
  }
  bool ends(std::size_t done, double divergence) {
    if (divergence < least_ - options_.least_progress) {
      least_ = divergence;
      reached_ = done;
    }
    return done - reached_ >= options_.patience;
  }

 private:
  const TsneOptions& options_;
  double least_ = std::numeric_limits<double>::infinity();
  std::size_t reached_ = 0;
};

template <int D>
TsneResult descend(Affinities affinities, const TsneOptions& options, Run run, Matrix32 layout,
                   double* history, PhaseSeconds* seconds) {
  Descent<D> descent(std::move(affinities), layout.data, options.theta, run.threads, options.repulsion,
                     seconds != nullptr);
  Patience patience(options);
  std::size_t done = 0;
  for (bool stop = false; done < options.iterations && !stop;) {
    run.monitor.check();
    descent.compute_forces();
    const StepRule rule = rule_at(done, layout.rows, options);
    done++;
    const bool report = options.report_every > 0 && done % options.report_every == 0;
    if (report || patience.asks(done)) {
      const double divergence = descent.divergence();
      if (report) history[done / options.report_every - 1] = divergence;
      stop = patience.asks(done) && patience.ends(done, divergence);
    }
    descent.step(rule);
    run.monitor.progress(static_cast<double>(done + 1));
  }
  descent.write(layout.data);
  if (seconds != nullptr) descent.add_seconds(*seconds);
  if (options.exact_divergence) return {descent.exact_divergence(run.monitor), done};
  descent.compute_forces_afresh();
  return {descent.divergence(), done};
}

}  // namespace

TsneResult tsne(Affinities affinities, const TsneOptions& options, Run run, Matrix32 layout, double* history,
                PhaseSeconds* seconds) {
  run.monitor.progress(1);
  switch (layout.cols) {
    case 1:
      return descend<1>(std::move(affinities), options, run, layout, history, seconds);
    case 2:
      return descend<2>(std::move(affinities), options, run, layout, history, seconds);
    case 3:
      return descend<3>(std::move(affinities), options, run, layout, history, seconds);
    default:
      throw std::invalid_argument("a layout must have one, two or three dimensions");
  }
}

}  // namespace god
