#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/ordered_sum.hpp"
#include "base/parallel.hpp"

namespace {

void run_on_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < count; t++) threads.emplace_back(body, t);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("every block runs exactly once, for any number of threads and blocks") {
  for (std::size_t threads : {0, 1, 2, 3, 8, 40}) {
    for (std::size_t blocks : {0, 1, 2, 7, 100, 5000}) {
      std::vector<std::atomic<int>> seen(blocks);
      god::parallel_for(threads, blocks, [&](std::size_t block, std::size_t worker) {
        REQUIRE(worker < std::max<std::size_t>(threads, 1));
        seen[block]++;
      });
      for (const std::atomic<int>& count : seen) CHECK(count == 1);
    }
  }
}

TEST_CASE("concurrent calls have different worker numbers") {
  std::vector<std::atomic<int>> busy(8);
  std::atomic<int> clashes{0};
  for (int round = 0; round < 200; round++) {
    god::parallel_for(8, 64, [&](std::size_t, std::size_t worker) {
      if (busy[worker]++ != 0) clashes++;
      for (int i = 0; i < 20; i++) god::spin_pause();
      busy[worker]--;
    });
  }
  CHECK(clashes == 0);
}

TEST_CASE("rows are divided at multiples of the block, and the last block is shorter") {
  std::vector<std::atomic<int>> seen(1003);
  god::parallel_rows(3, seen.size(), 100,
                     [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                       REQUIRE(begin == block * 100);
                       REQUIRE(end == std::min<std::size_t>(begin + 100, 1003));
                       for (std::size_t i = begin; i < end; i++) seen[i]++;
                     });
  for (const std::atomic<int>& count : seen) CHECK(count == 1);
}

TEST_CASE("an exception of any worker reaches the caller, and the pool still works") {
  for (int round = 0; round < 300; round++) {
    CHECK_THROWS_AS(god::parallel_for(4, 50,
                                      [&](std::size_t block, std::size_t) {
                                        if (block == 17) throw std::runtime_error("17");
                                      }),
                    std::runtime_error);
  }
  std::atomic<int> count{0};
  god::parallel_for(4, 50, [&](std::size_t, std::size_t) { count++; });
  CHECK(count == 50);
}

TEST_CASE("sections can be nested") {
  std::atomic<int> count{0};
  god::parallel_for(4, 16, [&](std::size_t, std::size_t) {
    god::parallel_for(4, 16, [&](std::size_t, std::size_t) { count++; });
  });
  CHECK(count == 256);
}

TEST_CASE("many threads can run sections at the same time") {
  std::atomic<std::uint64_t> total{0};
  run_on_threads(12, [&](std::size_t) {
    for (int round = 0; round < 300; round++) {
      std::atomic<std::uint64_t> sum{0};
      god::parallel_for(6, 40, [&](std::size_t block, std::size_t) { sum += block; });
      total += sum;
    }
  });
  CHECK(total == 12ULL * 300 * 780);
}

TEST_CASE("the caller sees what workers wrote, whether they were awake or parked") {
  for (int round = 0; round < 60; round++) {
    std::vector<int> plain(64, 0);
    god::parallel_for(4, 64, [&](std::size_t block, std::size_t) { plain[block] = static_cast<int>(block); });
    for (std::size_t i = 0; i < plain.size(); i++) CHECK(plain[i] == static_cast<int>(i));
    if (round % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST_CASE("ordered blocks are added one at a time and in ascending order, for any number of threads") {
  for (std::size_t threads : {1, 2, 3, 8}) {
    std::vector<std::size_t> order;
    std::vector<std::size_t> made(8, 0);
    god::ordered_blocks(
        threads, 300, [&](std::size_t block, std::size_t worker) { made[worker] = block * block; },
        [&](std::size_t block, std::size_t worker) {
          CHECK(made[worker] == block * block);
          order.push_back(block);
        });
    REQUIRE(order.size() == 300);
    for (std::size_t i = 0; i < order.size(); i++) CHECK(order[i] == i);
  }
}

TEST_CASE("a failing block of an ordered sum stops blocks that wait for their turn") {
  for (int round = 0; round < 100; round++) {
    std::atomic<std::size_t> added{0};
    CHECK_THROWS_AS(god::ordered_blocks(
                        8, 100,
                        [&](std::size_t block, std::size_t) {
                          if (block == 20) throw std::invalid_argument("20");
                        },
                        [&](std::size_t, std::size_t) { added++; }),
                    std::invalid_argument);
    // Threads that wait with earlier blocks may stop, too. Nothing must be added after the failure.
    CHECK(added <= 20);
  }
}

TEST_CASE("0 threads means all processors, and requests are capped") {
  CHECK(god::resolve_threads(0) >= 1);
  CHECK(god::resolve_threads(3) == 3);
  CHECK(god::resolve_threads(100000) == god::kMaxThreads);
}
