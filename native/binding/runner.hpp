// The threads that run jobs.
#pragma once
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "base/monitor.hpp"

namespace god {

// Process-wide: runs the tasks of all environments, first come first served, on up to processors + 2 threads.
// More would only take memory and time from each other. A thread, once started, waits for further tasks
// forever: the allocator keeps memory at hand for every thread it has seen, and new threads for new tasks
// would let the process grow for hours.
//
// When the process exits (process.exit() runs no clean-up of the environment that called it) the tasks are
// stopped and waited for, because OpenBLAS frees its buffers in a destructor that comes later. A task that
// does not stop in time is cut off by ending the process at once, with the exit code it was to have.
class Runner {
 public:
  static Runner& get();

  // Runs `task` on another thread. `monitor` is how the task is stopped when the process exits. Throws when
  // the system refuses the only thread that could run it.
  void submit(std::shared_ptr<Monitor> monitor, std::function<void()> task);

  // True from the moment that the process began to exit: nobody listens any more.
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
