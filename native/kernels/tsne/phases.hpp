// Measures how long the phases of t-SNE take.
#pragma once
#include "base/stopwatch.hpp"

namespace god {

// Wall-clock seconds, except `walk`, `repulsion` and `attraction`: threads do these side by side within
// `forces`, and their seconds are summed over threads.
struct PhaseSeconds {
  double start = 0;       // the initial layout
  double affinities = 0;  // computing them from neighbors
  double cells = 0;       // Morton order, cells and their centers of mass
  double reorder = 0;     // sorting layout, optimizer state and affinities in memory
  double forces = 0;
  double walk = 0;       // walking the tree to make interaction lists
  double repulsion = 0;  // evaluating these lists
  double attraction = 0;
  double grid = 0;  // within `forces`: repulsion by interpolation, instead of cells, walk and repulsion
  double step = 0;
};

}  // namespace god
