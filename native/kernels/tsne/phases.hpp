// Measures how long the phases of t-SNE take.
#pragma once
#include <chrono>

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

// Adds the time from its construction to its destruction to one of these sums, unless `sums` is null.
class Stopwatch {
 public:
  Stopwatch(PhaseSeconds* sums, double PhaseSeconds::*phase)
      : sum_(sums == nullptr ? nullptr : &(sums->*phase)) {
    if (sum_ != nullptr) begin_ = Clock::now();
  }
  ~Stopwatch() {
    if (sum_ != nullptr) *sum_ += std::chrono::duration<double>(Clock::now() - begin_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double* sum_;
  Clock::time_point begin_;
};

}  // namespace god
