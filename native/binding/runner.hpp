// The threads that run jobs.
#pragma once
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "base/monitor.hpp"

namespace god {

// One per process: runs the tasks of all environments in the order of submission, on up to processors + 2
// threads. More threads would only compete for memory and time. A thread, once started, waits for further
// tasks forever: the allocator keeps memory for every thread that it has seen, so that starting a thread per
// task would let the process grow for hours.
//
// When the process exits, tasks are stopped and waited for, because OpenBLAS frees its buffers in a
// destructor that runs later. (process.exit() does not run the clean-up hooks of the environment that calls
// it.) If a task does not stop in time, the process ends at once with its intended exit code.
class Runner {
 public:
  static Runner& get();

  // Runs `task` on another thread. When the process exits, the task is stopped by `monitor`. Throws if no
  // thread is running yet and the system refuses one.
  void submit(std::shared_ptr<Monitor> monitor, std::function<void()> task);

  // Whether the process has begun to exit. From then on results are not delivered.
  bool exiting();

 private:
  struct Entry {
    std::shared_ptr<Monitor> monitor;
    std::function<void()> task;
  };

  Runner();
  void serve();
  static void at_exit(int status, void*);
  bool stop_all();

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::list<Entry> queue_;
  std::list<Entry> active_;
  std::size_t threads_ = 0;
  std::size_t cap_;
  bool exiting_ = false;
};

}  // namespace god
