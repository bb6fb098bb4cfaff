// How many processors this process may use. In a container these can be fewer than the machine has.
#pragma once
#include <cstddef>
#include <string>

namespace god {

// The number of processors in the affinity mask, but at most the CPU time that the control groups of the
// process allow, rounded up, and at least 1. On systems other than Linux, the machine's processors. `root` is
// prepended to /proc and /sys, for tests.
std::size_t available_processors(const std::string& root = "");

// The CPU time that Linux' control groups allow, as a number of processors: the smallest quota of the
// process' group and the groups that contain it, in version 1 or 2. Infinite if there is no limit.
double group_quota(const std::string& root = "");

}  // namespace god
