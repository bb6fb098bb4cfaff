#include "base/processors.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace god {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

std::size_t processors_of_mask() {
#if defined(__linux__)
  // The system refuses a mask shorter than its own, so try longer ones.
  for (int count = 1024; count <= 1 << 20; count *= 2) {
    cpu_set_t* const mask = CPU_ALLOC(static_cast<std::size_t>(count));
    if (mask == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(count));
    const bool known = sched_getaffinity(0, bytes, mask) == 0;
    const int set = known ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (known && set > 0) return static_cast<std::size_t>(set);
  }
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

// Whether `word` is one of the comma-separated `words`.
bool lists(const std::string& words, const std::string& word) {
  return ("," + words + ",").find("," + word + ",") != std::string::npos;
}

// The process' group in one hierarchy of control groups: the folder of its file system, and the path below
// it.
struct Group {
  int version;
  std::string folder, path;
};

// The path of the process in a hierarchy, from the lines `number:controllers:path` of /proc/self/cgroup.
// Version 2 has number 0 and no controllers. Empty if the process is in none.
std::string path_of(const std::string& root, int version) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool found =
        version == 2 ? line.substr(0, first) == "0" && controllers.empty() : lists(controllers, "cpu");
    if (found) return line.substr(second + 1);
  }
  return "";
}

// The hierarchies that control CPU time, from the lines `id parent device root folder options ... - type
// source options` of /proc/self/mountinfo. A container often sees its own group as the root of the file
// system.
std::vector<Group> groups(const std::string& root) {
  std::vector<Group> found;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line), after(line.substr(dash + 3));
    std::string skipped, top, folder, type, options;
    before >> skipped >> skipped >> skipped >> top >> folder;
    after >> type >> skipped >> options;
    const int version = type == "cgroup2" ? 2 : type == "cgroup" && lists(options, "cpu") ? 1 : 0;
    if (version == 0) continue;
    std::string path = path_of(root, version);
    if (path.rfind(top, 0) == 0 && top != "/") path.erase(0, top.size());
    // A path outside the mounted part is replaced by its top.
    if (path.find("..") != std::string::npos || path == "/") path.clear();
    found.push_back({version, root + folder, path});
  }
  return found;
}

// Version 2 has `quota period` or `max period` in cpu.max; version 1 has one file for each, and a quota of -1
// for no limit.
double quota_in(const std::string& folder, int version) {
  double quota = 0, period = 0;
  if (version == 2) {
    std::ifstream(folder + "/cpu.max") >> quota >> period;
  } else {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? quota / period : kUnlimited;
}

}  // namespace

double group_quota(const std::string& root) {
  double least = kUnlimited;
  for (Group& group : groups(root)) {
    for (;;) {
      least = std::min(least, quota_in(group.folder + group.path, group.version));
      const std::size_t last = group.path.rfind('/');
      if (last == std::string::npos) break;
      group.path.erase(last);
    }
  }
  return least;
}

std::size_t available_processors(const std::string& root) {
  const auto count = static_cast<double>(processors_of_mask());
  return static_cast<std::size_t>(std::max(1.0, std::min(count, std::ceil(group_quota(root)))));
}

}  // namespace god
