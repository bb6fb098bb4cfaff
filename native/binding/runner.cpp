#include "runner.hpp"

#include <chrono>
#include <cstdlib>
#include <thread>

#if defined(__GLIBC__)
#include <stdlib.h>
#include <unistd.h>
#endif

#include "parallel.hpp"

namespace god {

// Kernels look at their monitor every 50 ms; what a user waits for at the end stays under a quarter second.
constexpr std::chrono::milliseconds kPatienceAtExit{180};

Runner::Runner() : cap_(resolve_threads(0) + 2) {
#if defined(__GLIBC__)
  on_exit(&Runner::at_exit, nullptr);
#else
  std::atexit([] { at_exit(0, nullptr); });
#endif
}

Runner& Runner::get() {
  static Runner* runner = new Runner;  // outlives static destructors, as its threads may
  return *runner;
}

void Runner::submit(std::shared_ptr<Monitor> monitor, std::function<void()> task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  queue_.push_back({std::move(monitor), std::move(task)});
  if (threads_ >= cap_) return;
  try {
    start_thread();
  } catch (...) {
    if (threads_ > 0) return;  // another thread will take the task
    queue_.pop_back();
    throw;
  }
}

bool Runner::exiting() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return exiting_;
}

void Runner::start_thread() {
  std::thread([this] { drain(); }).detach();  // it begins by waiting for the mutex that our caller holds
  threads_++;
}

void Runner::drain() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!queue_.empty()) {
    const auto entry = queue_.begin();
    active_.splice(active_.end(), queue_, entry);  // allocates nothing
    lock.unlock();
    entry->task();
    entry->task = nullptr;
    lock.lock();
    active_.erase(entry);
  }
  threads_--;
  if (threads_ == 0) idle_.notify_all();
}

// Whether all tasks ended in time.
bool Runner::stop_all() {
  std::unique_lock<std::mutex> lock(mutex_);
  exiting_ = true;
  queue_.clear();
  for (const Entry& entry : active_) entry.monitor->stop();
  const auto ended = [this] { return threads_ == 0; };
#if defined(__GLIBC__)
  return idle_.wait_for(lock, kPatienceAtExit, ended);
#else
  idle_.wait(lock, ended);  // without on_exit the exit code is not known here
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
