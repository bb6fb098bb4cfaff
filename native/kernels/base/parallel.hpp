// Parallel sections on one process-wide pool of threads.
//
// A section costs well under a microsecond while the pool is awake: idle workers spin for some microseconds
// before they park. Several kernels can run sections at the same time, from different threads; each section
// gets the workers that are idle at that moment, and its calling thread does the rest. Do not rely on how
// many workers take part: kernels split their work into blocks whose number and borders depend on the data
// alone, and combine the blocks' results in block order. That is why results are bit-identical for any number
// of threads.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace god {

// The upper limit of `threads` everywhere.
constexpr std::size_t kMaxThreads = 256;

// The number of threads for a request of `threads`, where 0 means one for each processor that this process
// may use (processors.hpp). That number is determined once.
std::size_t resolve_threads(std::size_t threads);

// A hint to the processor that this thread is spinning.
void spin_pause() noexcept;

namespace detail {
using SectionBody = void (*)(void* context, std::size_t worker);
void run_section(std::size_t threads, SectionBody body, void* context);

// The next block of the stretch that one worker does first. It has a cache line of its own, because all
// workers increment it.
struct alignas(64) Stretch {
  std::atomic<std::size_t> next;
  Stretch() noexcept {}  // not zeroed, because most are never used
};
}  // namespace detail

// Calls f(worker) once on the calling thread, as worker 0, and once on each of up to threads - 1 idle workers
// of the pool, numbered from 1 without gaps. Returns when all are done, and rethrows the first exception that
// any of them threw. f must share out its work by an atomic counter, never by worker numbers. Sections can be
// nested: an inner one uses threads that are idle.
template <class F>
void parallel_section(std::size_t threads, F&& f) {
  using Body = std::remove_reference_t<F>;
  detail::run_section(
      threads, [](void* context, std::size_t worker) { (*static_cast<Body*>(context))(worker); },
      const_cast<void*>(static_cast<const void*>(std::addressof(f))));
}

// Calls f(block, worker) for every block in [0, blocks), in no particular order. Concurrent calls have
// different `worker` < max(threads, 1), for scratch memory. Each worker begins with a stretch of blocks of
// its own, the same in every call, so that what it wrote in the last call is still in its cache; then it
// helps the others.
template <class F>
void parallel_for(std::size_t threads, std::size_t blocks, F&& f) {
  threads = std::min(threads, std::min(blocks, kMaxThreads));
  if (threads <= 1) {
    for (std::size_t block = 0; block < blocks; block++) f(block, std::size_t{0});
    return;
  }
  detail::Stretch stretches[kMaxThreads];
  for (std::size_t w = 0; w < threads; w++) stretches[w].next = w * blocks / threads;
  parallel_section(threads, [&](std::size_t worker) {
    for (std::size_t turn = 0; turn < threads; turn++) {
      const std::size_t w = (worker + turn) % threads;
      const std::size_t end = (w + 1) * blocks / threads;
      for (std::size_t block; (block = stretches[w].next.fetch_add(1, std::memory_order_relaxed)) < end;)
        f(block, worker);
    }
  });
}

// parallel_for over the rows [0, n), in blocks of block_rows: calls f(begin, end, block, worker).
template <class F>
void parallel_rows(std::size_t threads, std::size_t n, std::size_t block_rows, F&& f) {
  parallel_for(threads, (n + block_rows - 1) / block_rows, [&](std::size_t block, std::size_t worker) {
    const std::size_t begin = block * block_rows;
    f(begin, std::min(n, begin + block_rows), block, worker);
  });
}

}  // namespace god
