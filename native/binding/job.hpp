// Runs kernels on threads of their own, off the event loop and off libuv's pool, and settles a promise for
// each.
#pragma once
#include <napi.h>

#include <functional>
#include <memory>
#include <vector>

#include "base/monitor.hpp"

namespace god {

struct JobsState;

// The running jobs of one environment (the main thread or a worker_thread), and the channel by which they
// return to its thread. When the environment ends, it stops all its jobs and waits for them.
class Jobs {
 public:
  explicit Jobs(Napi::Env env);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // Starts `work` on a thread and returns { promise, cancel(), progress() } to JavaScript. `kept` are the
  // values whose memory `work` uses; they are kept alive until it ends. The promise rejects with a RangeError
  // for std::invalid_argument, std::length_error and std::bad_alloc, and with an Error otherwise. That of
  // BadRows has the code 'ROWS' and, of a cell, `row`, `column` and `value`. A cancelled job rejects with an
  // Error whose code is 'ABORT'.
  Napi::Value start(Napi::Env env, std::vector<Napi::Object> kept, std::function<void(Monitor&)> work);

 private:
  std::shared_ptr<JobsState> state_;
};

}  // namespace god
