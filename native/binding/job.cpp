#include "job.hpp"

#include <condition_variable>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "base/matrix.hpp"
#include "runner.hpp"

namespace god {

enum class Outcome { kDone, kCancelled, kBadRows, kBadValue, kFailed };

// One call of a kernel. It is created and settled on the JavaScript thread and runs on another.
class Job {
 public:
  Job(Napi::Env env, const std::vector<Napi::Object>& kept, std::function<void(Monitor&)> work)
      : deferred(Napi::Promise::Deferred::New(env)), work_(std::move(work)) {
    for (const Napi::Object& value : kept) kept_.push_back(Napi::Persistent(value));
  }

  void run() noexcept {
    try {
      monitor->check();
      work_(*monitor);
      outcome_ = Outcome::kDone;
    } catch (const Cancelled&) {
      outcome_ = Outcome::kCancelled;
    } catch (const BadRows& e) {
      cell_ = e.cell;
      fail(Outcome::kBadRows, e.what());
    } catch (const std::invalid_argument& e) {
      fail(Outcome::kBadValue, e.what());
    } catch (const std::bad_alloc&) {
      fail(Outcome::kBadValue, "Not enough memory for this call");
    } catch (const std::length_error& e) {
      fail(Outcome::kBadValue, e.what());
    } catch (const std::exception& e) {
      fail(Outcome::kFailed, e.what());
    } catch (...) {
      fail(Outcome::kFailed, "unknown native error");
    }
    work_ = nullptr;
  }

  void settle(Napi::Env env) {
    if (outcome_ == Outcome::kDone) {
      deferred.Resolve(env.Undefined());
      return;
    }
    if (outcome_ == Outcome::kBadRows) {
      deferred.Reject(bad_rows(env).Value());
      return;
    }
    if (outcome_ == Outcome::kBadValue) {
      deferred.Reject(Napi::RangeError::New(env, message_).Value());
      return;
    }
    Napi::Error error =
        Napi::Error::New(env, outcome_ == Outcome::kCancelled ? "The call was cancelled" : message_);
    if (outcome_ == Outcome::kCancelled) error.Set("code", Napi::String::New(env, "ABORT"));
    deferred.Reject(error.Value());
  }

  // Shared with the cancel() and progress() of JavaScript, which can be called long after the job is gone.
  const std::shared_ptr<Monitor> monitor = std::make_shared<Monitor>();
  const Napi::Promise::Deferred deferred;

 private:
  Napi::Error bad_rows(Napi::Env env) const {
    const Napi::Error error = Napi::RangeError::New(env, message_);
    error.Set("code", Napi::String::New(env, "ROWS"));
    if (cell_) {
      error.Set("row", Napi::Number::New(env, static_cast<double>(cell_->row)));
      error.Set("column", Napi::Number::New(env, static_cast<double>(cell_->column)));
      error.Set("value", Napi::Number::New(env, cell_->value));
    }
    return error;
  }

  void fail(Outcome outcome, const char* message) noexcept {
    outcome_ = outcome;
    try {
      message_ = message;
    } catch (...) {  // not enough memory for the message
    }
  }

  std::function<void(Monitor&)> work_;
  std::vector<Napi::ObjectReference> kept_;
  Outcome outcome_ = Outcome::kFailed;
  std::string message_;
  std::optional<BadRows::Cell> cell_;
};

struct JobsState;
static void arrive(Napi::Env env, Napi::Function, JobsState* state, Job* job);
using Channel = Napi::TypedThreadSafeFunction<JobsState, Job, &arrive>;

// Shared by the environment and the threads of its jobs. `mutex` guards everything except `pending`. A
// channel must not be called after Node has closed it, so threads use it only while they hold the mutex and
// the environment is not closed.
struct JobsState {
  // Called on a thread of the runner. Moves the job's node from set to set, so nothing here allocates memory.
  void run(Job* job) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      auto node = queued.extract(job);
      if (node.empty()) return;  // the environment closed and deleted it
      running.insert(std::move(node));
    }
    job->run();
    const bool exiting = Runner::get().exiting();
    const std::lock_guard<std::mutex> lock(mutex);
    auto node = running.extract(job);
    if (closed || exiting || channel.NonBlockingCall(job) != napi_ok) orphans.insert(std::move(node));
    changed.notify_all();
  }

  // Called on the JavaScript thread at the end of the environment. Afterwards no thread uses the environment.
  void close() {
    std::unique_lock<std::mutex> lock(mutex);
    closed = true;
    orphans.merge(queued);
    for (Job* job : running) job->monitor->stop();
    changed.wait(lock, [this] { return running.empty(); });
    for (Job* job : orphans) delete job;
    orphans.clear();
  }

  Channel channel;
  std::size_t pending = 0;  // submitted and not yet settled; JavaScript thread only
  std::mutex mutex;
  std::condition_variable changed;
  std::set<Job*> queued;
  std::set<Job*> running;
  std::set<Job*> orphans;  // ended too late to be settled
  bool closed = false;
};

// Called on the JavaScript thread: settles a job that has ended.
static void arrive(Napi::Env env, Napi::Function, JobsState* state, Job* job) {
  const std::unique_ptr<Job> owned(job);
  if (env == nullptr) return;  // the environment is gone, and so is the promise
  if (--state->pending == 0) state->channel.Unref(env);
  Napi::HandleScope scope(env);
  owned->settle(env);
}

Jobs::Jobs(Napi::Env env) : state_(std::make_shared<JobsState>()) {
  // The channel's callbacks can come after this object is gone, so the channel keeps the state alive until it
  // is finalized.
  state_->channel = Channel::New(
      env, "god", 0, 1, state_.get(),
      [](Napi::Env, std::shared_ptr<JobsState>* keeper, JobsState*) { delete keeper; },
      new std::shared_ptr<JobsState>(state_));
  state_->channel.Unref(env);
  // Hooks run last in, first out. This one is registered after the channel was made, so jobs end before the
  // channel.
  env.AddCleanupHook([weak = std::weak_ptr<JobsState>(state_)] {
    if (const std::shared_ptr<JobsState> state = weak.lock()) state->close();
  });
}

Jobs::~Jobs() {
  state_->close();
}

Napi::Value Jobs::start(Napi::Env env, std::vector<Napi::Object> kept, std::function<void(Monitor&)> work) {
  auto job = std::make_unique<Job>(env, kept, std::move(work));
  const std::shared_ptr<Monitor> monitor = job->monitor;
  const Napi::Promise promise = job->deferred.Promise();
  Job* const raw = job.get();
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (state_->closed) throw Napi::Error::New(env, "The environment is shutting down");
    state_->queued.insert(raw);
  }
  try {
    Runner::get().submit(monitor, [state = state_, raw] { state->run(raw); });
  } catch (const std::exception& e) {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->queued.erase(raw);
    throw Napi::Error::New(env, std::string("The system refused another thread: ") + e.what());
  }
  job.release();
  if (state_->pending++ == 0) state_->channel.Ref(env);

  Napi::Object result = Napi::Object::New(env);
  result.Set("promise", promise);
  result.Set("cancel", Napi::Function::New(env, [monitor](const Napi::CallbackInfo&) { monitor->stop(); }));
  result.Set("progress", Napi::Function::New(env, [monitor](const Napi::CallbackInfo& info) {
               return Napi::Number::New(info.Env(), monitor->progress());
             }));
  return result;
}

}  // namespace god
