#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "base/random.hpp"

TEST_CASE("mix64 gives the published outputs of SplitMix64") {
  // Published outputs of the reference implementation (Vigna, splitmix64.c) for seed 1234567.
  const std::uint64_t expected[] = {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL};
  std::uint64_t state = 1234567;
  for (std::uint64_t value : expected) {
    state += 0x9E3779B97F4A7C15ULL;
    CHECK(god::mix64(state) == value);
  }
}

TEST_CASE("numbers are a pure function of seed, stream and index") {
  const god::RandomStream a(7, 1), same(7, 1), stream(7, 2), seed(8, 1);
  std::set<std::uint64_t> distinct;
  for (std::uint64_t i = 0; i < 2000; i++) {
    CHECK(a.bits(i) == same.bits(i));
    distinct.insert({a.bits(i), stream.bits(i), seed.bits(i)});
  }
  CHECK(distinct.size() == 6000);
}

TEST_CASE("uniform numbers have the mean, variance and lag correlation of a uniform distribution") {
  const god::RandomStream random(3, 0);
  const int n = 200000;
  double sum = 0, squares = 0, products = 0, last = 0.5;
  for (int i = 0; i < n; i++) {
    const double u = random.uniform(static_cast<std::uint64_t>(i));
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
    products += (u - 0.5) * (last - 0.5);
    last = u;
  }
  CHECK(std::abs(sum / n - 0.5) < 4 / std::sqrt(12.0 * n));
  CHECK(std::abs(squares / n - 1 / 12.0) < 0.001);
  CHECK(std::abs(products / n) < 4 / (12 * std::sqrt(static_cast<double>(n))));
}

TEST_CASE("normal numbers have the first four moments of the standard normal distribution") {
  const god::RandomStream random(5, 9);
  const int n = 400000;
  double moment[5] = {};
  for (int i = 0; i < n; i++) {
    const double z = random.normal(static_cast<std::uint64_t>(i));
    double power = 1;
    for (double& m : moment) {
      m += power / n;
      power *= z;
    }
  }
  CHECK(std::abs(moment[1]) < 0.007);
  CHECK(std::abs(moment[2] - 1) < 0.01);
  CHECK(std::abs(moment[3]) < 0.025);
  CHECK(std::abs(moment[4] - 3) < 0.07);
}

TEST_CASE("below() is uniform over its range") {
  const god::RandomStream random(11, 4);
  std::vector<int> counts(10, 0);
  for (std::uint64_t i = 0; i < 100000; i++) counts.at(random.below(i, 10))++;
  double chi_square = 0;
  for (int count : counts) chi_square += (count - 10000.0) * (count - 10000.0) / 10000.0;
  CHECK(chi_square < 27.9);  // 9 degrees of freedom, p = 0.001
  CHECK(random.below(3, 1) == 0);
}
