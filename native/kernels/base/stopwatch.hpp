// Measures where the time of a kernel goes, for those who ask.
#pragma once
#include <chrono>

namespace god {

// Adds the time from its construction to its destruction to one of these sums, unless `sums` is null.
template <class Seconds>
class Stopwatch {
 public:
  Stopwatch(Seconds* sums, double Seconds::*phase) : sum_(sums == nullptr ? nullptr : &(sums->*phase)) {
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
