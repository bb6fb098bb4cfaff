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

// Per environment (the main thread, or one worker_thread): its running jobs and the channel by which they
// come home. When the environment ends, all its jobs are stopped and waited for.
class Jobs {
 public:
  explicit Jobs(Napi::Env env);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // Starts `work` on a thread and returns { promise, cancel(), progress() } to JavaScript. `kept` are the
  // values whose memory `work` uses; they live until it ends. The promise rejects with a RangeError for
  // std::invalid_argument and std::bad_alloc, with an Error otherwise; a cancelled job rejects with an Error
  // whose code is 'ABORT'.
  Napi::Value start(Napi::Env env, std::vector<Napi::Object> kept, std::function<void(Monitor&)> work);

 private:
  std::shared_ptr<JobsState> state_;
};

}  // namespace god
