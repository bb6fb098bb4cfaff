// How a kernel runs. This never affects its result.
#pragma once
#include <cstddef>

#include "base/monitor.hpp"
#include "base/parallel.hpp"

namespace god {

struct Run {
  // 0 means one thread for each processor that this process may use (resolve_threads).
  Run(std::size_t asked, Monitor& watching) : threads(resolve_threads(asked)), monitor(watching) {}

  std::size_t threads;
  Monitor& monitor;
};

}  // namespace god
