// t-distributed stochastic neighbor embedding (van der Maaten and Hinton, "Visualizing data using t-SNE",
// JMLR 2008) with Barnes-Hut repulsion (van der Maaten, "Accelerating t-SNE using tree-based algorithms",
// JMLR 2014).
#pragma once
#include <cstddef>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "tsne/affinities.hpp"
#include "tsne/descent.hpp"
#include "tsne/phases.hpp"

namespace god {

struct TsneOptions {
  double theta;  // a cell acts as one charge if its width is below theta times its distance; 0: exact
  std::size_t iterations;
  double early_exaggeration;  // initial factor of the attraction; falls geometrically to the late one
  std::size_t exaggeration_iterations;  // after which it is that
  double learning_rate;                 // 0: n / exaggeration (Belkina et al. 2019)
  double momentum;
  std::size_t report_every;  // iterations; 0: no reports
  bool exact_divergence;     // sum Z of the final divergence over all pairs
  RepulsionMethod repulsion = RepulsionMethod::kAuto;
  // Stop after this many iterations in which the estimated divergence has not fallen by more than
  // `least_progress` (nats), counted from the end of the exaggeration. 0: never.
  std::size_t patience = 0;
  double least_progress = 0;
  double late_exaggeration = 1;  // until the end (Linderman et al. 2019, "late exaggeration")
};

struct TsneResult {
  double divergence;
  std::size_t iterations;  // done; fewer than TsneOptions::iterations if it stopped early
};

// Improves `layout` (n x 1, 2 or 3) in place, starting from its contents, and returns its final
// Kullback-Leibler divergence and the number of iterations done. After every `report_every` iterations it
// writes the estimated divergence to `history`, which has room for iterations / report_every entries.
// Progress: 1 + the number of iterations done; the history up to there is written before it is reported.
// Bit-identical for any number of threads. Adds the time of each phase to `seconds`. Throws
// std::invalid_argument for another number of columns.
TsneResult tsne(Affinities affinities, const TsneOptions& options, Run run, Matrix32 layout, double* history,
                PhaseSeconds* seconds = nullptr);

}  // namespace god
