#include "base/parallel.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

#include "base/processors.hpp"
#include "base/x87.hpp"

namespace god {
namespace {

// How often a worker spins for its next section before it parks, and how often a caller spins for the last
// worker before it yields. 4000 pauses take 40 to 160 microseconds, longer than the serial work between two
// sections of an iteration.
constexpr int kSpinsBeforePark = 4000;
constexpr int kSpinsBeforeYield = 20000;

struct Section {
  detail::SectionBody body;
  void* context;
  std::atomic<std::size_t> running{0};
  std::mutex error_mutex;
  std::exception_ptr error;

  void run(std::size_t worker) noexcept {
    try {
      body(context, worker);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(error_mutex);
      if (!error) error = std::current_exception();
    }
  }
};

// One thread of the pool. Its state is idle (null), claimed (a caller is about to hand over a section), the
// address of a section that it has not begun, or busy.
class Worker {
 public:
  Worker()
      : thread_([this] {
          use_full_x87_precision();
          loop();
        }) {
    thread_.detach();
  }

  bool claim() {
    Section* expected = nullptr;
    return state_.load(std::memory_order_relaxed) == nullptr &&
           state_.compare_exchange_strong(expected, claimed(), std::memory_order_acquire);
  }

  void start(Section& section, std::size_t number) {
    number_ = number;
    // Sequentially consistent, like the load of parked_: either this thread sees that the worker is parked,
    // or the worker sees the section.
    state_.store(&section);
    if (parked_.load()) {
      const std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_one();
    }
  }

  // Takes the section back if this worker has not begun it, so that no caller waits for a thread that is
  // asleep or that a busy machine does not run.
  bool revoke(Section& section) {
    Section* expected = &section;
    return state_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel);
  }

 private:
  static Section* claimed() { return marker(0); }
  static Section* busy() { return marker(1); }
  static Section* marker(int i) {
    static Section markers[2]{{nullptr, nullptr, {}, {}, {}}, {nullptr, nullptr, {}, {}, {}}};
    return &markers[i];
  }

  bool has_work() const {
    const Section* state = state_.load();
    return state != nullptr && state != claimed();
  }

  void loop() {
    for (;;) {
      for (int spins = 0; !has_work() && spins < kSpinsBeforePark; spins++) spin_pause();
      if (!has_work()) {
        std::unique_lock<std::mutex> lock(mutex_);
        parked_.store(true);
        wake_.wait(lock, [this] { return has_work(); });
        parked_.store(false);
      }
      Section* section = state_.load(std::memory_order_acquire);
      if (section == nullptr || section == claimed()) continue;
      if (!state_.compare_exchange_strong(section, busy(), std::memory_order_acq_rel)) continue;
      section->run(number_);
      // Become idle before decrementing `running`: the caller may start its next section at once, and claim
      // this worker again.
      state_.store(nullptr, std::memory_order_release);
      section->running.fetch_sub(1, std::memory_order_release);
    }
  }

  std::atomic<Section*> state_{nullptr};
  std::atomic<bool> parked_{false};
  std::size_t number_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

// Grows to the largest number of threads ever requested. Never destroyed, because its threads are detached
// and can be spinning while the process exits.
class Pool {
 public:
  static Pool& get() {
    static Pool* pool = new Pool;
    return *pool;
  }

  // Makes sure that workers 0 .. count - 1 exist. Returns count, or how many there are if the system refuses
  // more threads.
  std::size_t grow_to(std::size_t count) {
    if (size_.load(std::memory_order_acquire) >= count) return count;
    const std::lock_guard<std::mutex> lock(mutex_);
    while (size_.load(std::memory_order_relaxed) < count) {
      const std::size_t next = size_.load(std::memory_order_relaxed);
      try {
        workers_[next] = std::make_unique<Worker>();
      } catch (...) {
        return next;  // out of threads or memory: the calling thread does the work
      }
      size_.store(next + 1, std::memory_order_release);
    }
    return count;
  }

  Worker& operator[](std::size_t i) { return *workers_[i]; }

 private:
  std::mutex mutex_;
  std::atomic<std::size_t> size_{0};
  std::unique_ptr<Worker> workers_[kMaxThreads];
};

}  // namespace

std::size_t resolve_threads(std::size_t threads) {
  static const std::size_t processors = available_processors();
  if (threads == 0) threads = processors;
  return std::min(threads, kMaxThreads);
}

void spin_pause() noexcept {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  asm volatile("yield");
#else
  std::this_thread::yield();
#endif
}

void detail::run_section(std::size_t threads, SectionBody body, void* context) {
  if (threads <= 1) {
    body(context, 0);
    return;
  }
  Section section{body, context, {}, {}, {}};
  Pool& pool = Pool::get();
  const std::size_t available = pool.grow_to(threads - 1);
  std::size_t number = 1;
  std::uint16_t helpers[kMaxThreads];
  for (std::size_t i = 0; i < available; i++) {
    if (!pool[i].claim()) continue;
    section.running.fetch_add(1, std::memory_order_relaxed);
    helpers[number - 1] = static_cast<std::uint16_t>(i);
    pool[i].start(section, number++);
  }
  section.run(0);
  for (std::size_t h = 0; h + 1 < number; h++) {
    if (pool[helpers[h]].revoke(section)) section.running.fetch_sub(1, std::memory_order_relaxed);
  }
  for (int spins = 0; section.running.load(std::memory_order_acquire) != 0; spins++) {
    if (spins < kSpinsBeforeYield) {
      spin_pause();
    } else {
      std::this_thread::yield();
    }
  }
  if (section.error) std::rethrow_exception(section.error);
}

}  // namespace god
