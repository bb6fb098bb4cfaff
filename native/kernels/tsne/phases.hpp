// Where the time of t-SNE goes, for those who ask.
#pragma once
#include <chrono>

namespace god {

// Seconds. What the threads do side by side, `walk`, `repulsion` and `attraction`, is summed over them; all
// of it happens within `forces`.
struct PhaseSeconds {
  double start = 0;       // the first layout
  double affinities = 0;  // from neighbors
  double cells = 0;       // Morton order, cells and their centers
  double reorder = 0;     // of layout, optimizer and affinities in memory
  double forces = 0;
  double walk = 0;       // of the tree, for lists of what acts on whom
  double repulsion = 0;  // along these lists
  double attraction = 0;
  double grid = 0;  // repulsion by interpolation, in the place of cells, walk and repulsion; not summed
  double step = 0;
};

// Adds the time of its life to one of these sums, if there are any.
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
