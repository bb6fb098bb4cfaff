// How many processors this process may use, which in a container is fewer than the machine has.
#pragma once
#include <cstddef>
#include <string>

namespace god {

// The processors of the affinity mask, and no more than the CPU time that the control groups of the process
// allow, rounded up; at least 1. On systems other than Linux: those of the machine. `root` stands before
// /proc and /sys, for tests.
std::size_t available_processors(const std::string& root = "");

// The CPU time that Linux' control groups allow, as a number of processors: the smallest quota of the group
// and those around it, of version 1 or 2. Infinite without a limit or without control groups.
double group_quota(const std::string& root = "");

}  // namespace god
