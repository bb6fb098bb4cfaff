// A running kernel's connection to its caller: requests to stop, and progress.
#pragma once
#include <atomic>
#include <exception>

namespace god {

// Thrown by Monitor::check. Kernels do not catch it; they release everything by RAII.
struct Cancelled : std::exception {
  const char* what() const noexcept override { return "cancelled"; }
};

class Monitor {
 public:
  // Call this at least every 50 ms of work, from any thread of the kernel. It costs one relaxed load.
  void check() const {
    if (stop_.load(std::memory_order_relaxed)) throw Cancelled();
  }
  // Publishes progress: a fraction in [0, 1], or another increasing number that the kernel documents. What
  // the kernel wrote before (a row of a history, say) is visible to whoever reads this number.
  void progress(double value) { progress_.store(value, std::memory_order_release); }

  void stop() { stop_.store(true, std::memory_order_relaxed); }
  double progress() const { return progress_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<double> progress_{0};
};

}  // namespace god
