// How a kernel runs, which decides nothing of its result.
#pragma once
#include <cstddef>

#include "base/monitor.hpp"
#include "base/parallel.hpp"

namespace god {

struct Run {
  // 0 threads stand for as many as there are processors for this process (resolve_threads).
  Run(std::size_t asked, Monitor& watching) : threads(resolve_threads(asked)), monitor(watching) {}

  std::size_t threads;
  Monitor& monitor;
};

}  // namespace god
