// What a running kernel sees of its caller: a request to stop, and a place for progress.
#pragma once
#include <atomic>
#include <exception>

namespace god {

// Thrown by Monitor::check. Kernels let it pass through; they own everything by RAII.
struct Cancelled : std::exception {
  const char* what() const noexcept override { return "cancelled"; }
};

class Monitor {
 public:
  // To be called at least every 50 ms of work, from any thread of the kernel: one relaxed load.
  void check() const {
    if (stop_.load(std::memory_order_relaxed)) throw Cancelled();
  }
  // Publishes how far the work is, a fraction in [0, 1] or any other monotone number that the kernel
  // documents. Whatever the kernel wrote before (a row of a history output, say) is visible to a reader of
  // the number.
  void progress(double value) { progress_.store(value, std::memory_order_release); }

  void stop() { stop_.store(true, std::memory_order_relaxed); }
  double progress() const { return progress_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<double> progress_{0};
};

}  // namespace god
