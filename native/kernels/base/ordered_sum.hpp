// Sums that are the same for any number of threads, with memory for a single sum.
#pragma once
#include <atomic>
#include <cstddef>
#include <thread>

#include "base/parallel.hpp"

namespace god {

namespace detail {
// A thread spins this often for its turn before it yields the processor: some tenths of a millisecond.
constexpr int kSpinsBeforeYield = 4000;
}  // namespace detail

// Computes blocks in parallel and adds their results in block order. For every block, the same thread calls
// compute(block, worker) and then add(block, worker). Calls of `add` happen one at a time and in ascending
// order of blocks. A thread waits for its turn, so `compute` should take several times as long as `add`.
template <class Compute, class Add>
void ordered_blocks(std::size_t threads, std::size_t blocks, Compute&& compute, Add&& add) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> turn{0};
  std::atomic<bool> failed{false};
  parallel_section(threads, [&](std::size_t worker) {
    try {
      for (std::size_t block; (block = next.fetch_add(1)) < blocks;) {
        compute(block, worker);
        for (int spins = 0; turn.load(std::memory_order_acquire) != block; spins++) {
          if (failed.load(std::memory_order_relaxed)) return;
          if (spins < detail::kSpinsBeforeYield) {
            spin_pause();
          } else {
            std::this_thread::yield();
          }
        }
        add(block, worker);
        turn.store(block + 1, std::memory_order_release);
      }
    } catch (...) {
      failed.store(true);
      throw;
    }
  });
}

}  // namespace god
