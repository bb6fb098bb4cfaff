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
  double theta;  // cells act as one charge when their width is below theta times their distance; 0: no
                 // approximation
  std::size_t iterations;
  double early_exaggeration;            // of the attraction at first; falls geometrically to 1
  std::size_t exaggeration_iterations;  // until it is 1
  double learning_rate;                 // 0: n / exaggeration (Belkina et al. 2019)
  double momentum;
  std::size_t report_every;  // iterations; 0: no reports
  bool exact_divergence;     // sum the final divergence's normalizer over all pairs
  RepulsionMethod repulsion = RepulsionMethod::kAuto;
  // Stop when the estimated divergence has not fallen by more than `least_progress` (nats) for so many
  // iterations after the exaggeration's end; 0: never.
  std::size_t patience = 0;
  double least_progress = 0;
};

struct TsneResult {
  double divergence;
  std::size_t iterations;  // done: fewer than asked for when it stopped early
};

// Moves `layout` (n x 1, 2 or 3; the start on entry) and returns its Kullback-Leibler divergence with
// the number of iterations done. Writes the
// estimated divergence after every `report_every` iterations to `history`, which has iterations /
// report_every entries. Progress: 1 + the number of iterations done, with the history up to there written.
// Bit-identical for any number of threads. Adds to `seconds` where its time went. Throws
// std::invalid_argument for another number of columns.
TsneResult tsne(Affinities affinities, const TsneOptions& options, Run run, Matrix32 layout, double* history,
                PhaseSeconds* seconds = nullptr);

}  // namespace god
