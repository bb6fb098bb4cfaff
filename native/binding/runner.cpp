#include "runner.hpp"

#include <chrono>
#include <cstdlib>
#include <thread>

#if defined(__GLIBC__)
#include <stdlib.h>
#include <unistd.h>
#endif

#include "base/parallel.hpp"
#include "base/x87.hpp"

namespace god {

// Kernels check their monitor every 50 ms. With this limit, exiting delays a user by less than a quarter of a
// second. Only glibc's exit handler uses it.
[[maybe_unused]] constexpr std::chrono::milliseconds kPatienceAtExit{180};

Runner::Runner() : cap_(resolve_threads(0) + 2) {
#if defined(__GLIBC__)
  on_exit(&Runner::at_exit, nullptr);
#elif !defined(_WIN32)
  std::atexit([] { at_exit(0, nullptr); });
#endif
  // On Windows, a library's exit handlers run after the process has ended its other threads, so they would
  // wait forever.
}

Runner& Runner::get() {
  static Runner* runner = new Runner;  // never destroyed, because its threads can outlive static destructors
  return *runner;
}

void Runner::submit(std::shared_ptr<Monitor> monitor, std::function<void()> task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  queue_.push_back({std::move(monitor), std::move(task)});
  work_.notify_one();
  if (queue_.size() + active_.size() <= threads_ || threads_ >= cap_) return;
  try {
    std::thread([this] {
      use_full_x87_precision();
      serve();  // it waits for the mutex first
    }).detach();
    threads_++;
  } catch (...) {
    if (threads_ > 0) return;  // an existing thread will take the task
    queue_.pop_back();
    throw;
  }
}

bool Runner::exiting() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return exiting_;
}

void Runner::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return !queue_.empty(); });
    const auto entry = queue_.begin();
    active_.splice(active_.end(), queue_, entry);  // does not allocate
    lock.unlock();
    entry->task();
    entry->task = nullptr;
    lock.lock();
    active_.erase(entry);
    if (active_.empty()) idle_.notify_all();
  }
}

// Returns whether all tasks ended in time.
bool Runner::stop_all() {
  std::unique_lock<std::mutex> lock(mutex_);
  exiting_ = true;
  queue_.clear();
  for (const Entry& entry : active_) entry.monitor->stop();
  const auto ended = [this] { return active_.empty(); };
#if defined(__GLIBC__)
  return idle_.wait_for(lock, kPatienceAtExit, ended);
#else
  idle_.wait(lock, ended);  // no time limit, because without on_exit the exit code is not known here
  return true;
#endif
}

void Runner::at_exit(int status, void*) {
  if (get().stop_all()) return;
#if defined(__GLIBC__)
  _exit(status);
#else
  static_cast<void>(status);
#endif
}

}  // namespace god
