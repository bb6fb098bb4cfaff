#include "tsne/tsne.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "parallel.hpp"

namespace god {
namespace {

// The exaggeration falls geometrically to 1. Ended at once, as is usual, it leaves clumps behind that never
// dissolve: on real data the divergence after 500 iterations of this schedule is below that after 1000 of 12
// for 250 iterations.
double exaggeration_at(std::size_t iteration, const TsneOptions& options) {
  if (iteration >= options.exaggeration_iterations) return 1;
  const double left =
      1 - static_cast<double>(iteration) / static_cast<double>(options.exaggeration_iterations);
  return std::pow(options.early_exaggeration, left);
}

StepRule rule_at(std::size_t iteration, std::size_t n, const TsneOptions& options) {
  const double exaggeration = exaggeration_at(iteration, options);
  const double automatic = static_cast<double>(n) / exaggeration;
  return {exaggeration, options.learning_rate > 0 ? options.learning_rate : automatic, options.momentum};
}

template <int D>
double descend(Affinities affinities, const TsneOptions& options, std::size_t threads, Monitor& monitor,
               Matrix32 layout, double* history, PhaseSeconds* seconds) {
  Descent<D> descent(std::move(affinities), layout.data, options.theta, threads, options.repulsion,
                     seconds != nullptr);
  for (std::size_t iteration = 0; iteration < options.iterations; iteration++) {
    monitor.check();
    descent.compute_forces();
    const bool report = options.report_every > 0 && (iteration + 1) % options.report_every == 0;
    if (report) history[iteration / options.report_every] = descent.divergence();
    descent.step(rule_at(iteration, layout.rows, options));
    monitor.progress(static_cast<double>(iteration + 2));
  }
  descent.write(layout.data);
  if (seconds != nullptr) *seconds = descent.seconds();
  if (options.exact_divergence) return descent.exact_divergence(monitor);
  descent.compute_forces_afresh();
  return descent.divergence();
}

}  // namespace

double tsne(Affinities affinities, const TsneOptions& options, std::size_t threads, Monitor& monitor,
            Matrix32 layout, double* history, PhaseSeconds* seconds) {
  threads = resolve_threads(threads);
  monitor.progress(1);
  switch (layout.cols) {
    case 1:
      return descend<1>(std::move(affinities), options, threads, monitor, layout, history, seconds);
    case 2:
      return descend<2>(std::move(affinities), options, threads, monitor, layout, history, seconds);
    case 3:
      return descend<3>(std::move(affinities), options, threads, monitor, layout, history, seconds);
    default:
      throw std::invalid_argument("a layout has one, two or three dimensions");
  }
}

}  // namespace god
