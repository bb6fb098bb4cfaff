#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

#include "base/parallel.hpp"
#include "base/processors.hpp"

#if defined(__linux__)
namespace {

namespace fs = std::filesystem;

// A folder of made-up files, in place of the root of /proc and /sys.
class System {
 public:
  System() : root_(fs::temp_directory_path() / ("god-processors-" + std::to_string(getpid()))) {
    fs::remove_all(root_);
  }
  ~System() { fs::remove_all(root_); }
  System& file(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << '\n';
    return *this;
  }
  std::string root() const { return root_.string(); }

 private:
  fs::path root_;
};

System version2(const std::string& path, const std::string& top = "/") {
  System system;
  system.file("proc/self/cgroup", "0::" + path);
  system.file("proc/self/mountinfo",
              "22 1 0:20 / /proc rw - proc proc rw\n31 23 0:27 " + top +
                  " /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate");
  return system;
}

}  // namespace

TEST_CASE("without control groups, or without a quota, there is no limit") {
  CHECK(std::isinf(god::group_quota(System().root())));
  CHECK(std::isinf(god::group_quota(version2("/").file("sys/fs/cgroup/cpu.max", "max 100000").root())));
  CHECK(std::isinf(god::group_quota(version2("/a/b").root())));
  System damaged = version2("/");
  CHECK(std::isinf(god::group_quota(damaged.file("sys/fs/cgroup/cpu.max", "nonsense").root())));
  CHECK(std::isinf(god::group_quota(damaged.file("proc/self/mountinfo", "31 23 0:27").root())));
  CHECK(god::available_processors(System().root()) >= 1);
}

TEST_CASE("in version 2, the smallest quota of the group and its ancestors counts") {
  System system = version2("/a/b");
  system.file("sys/fs/cgroup/a/b/cpu.max", "max 100000").file("sys/fs/cgroup/a/cpu.max", "150000 100000");
  CHECK(god::group_quota(system.root()) == 1.5);
  system.file("sys/fs/cgroup/a/b/cpu.max", "20000 50000");
  CHECK(god::group_quota(system.root()) == 0.4);
  system.file("sys/fs/cgroup/a/b/cpu.max", "200000 50000");
  CHECK(god::group_quota(system.root()) == 1.5);
}

TEST_CASE("in version 2, a container sees its own group as the root") {
  CHECK(god::group_quota(version2("/").file("sys/fs/cgroup/cpu.max", "300000 100000").root()) == 3);
  System outside = version2("/docker/abc", "/docker/abc");
  CHECK(god::group_quota(outside.file("sys/fs/cgroup/cpu.max", "250000 100000").root()) == 2.5);
  System above = version2("/../other");
  CHECK(god::group_quota(above.file("sys/fs/cgroup/cpu.max", "50000 100000").root()) == 0.5);
}

TEST_CASE("in version 1, the hierarchy that controls CPU time counts") {
  System system;
  system.file("proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/docker/abc");
  system.file("proc/self/mountinfo",
              "40 30 0:30 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
              "41 30 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct");
  system.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
  CHECK(std::isinf(god::group_quota(system.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1").root())));
  CHECK(god::group_quota(system.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "120000").root()) == 1.2);
}

TEST_CASE("quotas are rounded up to at least one processor and at most those of the mask") {
  const std::size_t all = god::available_processors(System().root());
  const auto with = [](const std::string& quota) {
    return god::available_processors(version2("/").file("sys/fs/cgroup/cpu.max", quota + " 100000").root());
  };
  CHECK(with("1") == 1);
  CHECK(with("100000") == 1);
  CHECK(with("100001") == std::min<std::size_t>(2, all));
  CHECK(with("100000000") == all);
}

TEST_CASE("the affinity mask of the thread counts") {
  std::size_t found = 0;
  std::thread([&] {
    cpu_set_t mask;
    REQUIRE(sched_getaffinity(0, sizeof mask, &mask) == 0);
    int first = 0;
    while (!CPU_ISSET(first, &mask)) first++;
    CPU_ZERO(&mask);
    CPU_SET(first, &mask);
    REQUIRE(sched_setaffinity(0, sizeof mask, &mask) == 0);
    found = god::available_processors();
  }).join();
  CHECK(found == 1);
}
#endif

TEST_CASE("there are as many threads as processors, unless a number is given") {
  CHECK(god::resolve_threads(0) == std::min(god::available_processors(), god::kMaxThreads));
  CHECK(god::resolve_threads(3) == 3);
}
