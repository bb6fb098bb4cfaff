// Counter-based random numbers: the i-th number of a stream is a pure function of (seed, stream, i). Any
// thread can compute any part of a sequence, so results do not depend on the number of threads.
#pragma once
#include <cmath>
#include <cstdint>

namespace god {

// The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA
// 2014).
inline std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

class RandomStream {
 public:
  // Different values of `stream` give independent sequences for the same seed.
  RandomStream(std::uint64_t seed, std::uint64_t stream)
      : key_(mix64(mix64(seed + kGamma) ^ mix64(stream * kGamma + 0x632BE59BD9B4E019ULL))) {}

  std::uint64_t bits(std::uint64_t i) const { return mix64(key_ + (i + 1) * kGamma); }
  // Uniform in [0, 1), 53 bits.
  double uniform(std::uint64_t i) const { return static_cast<double>(bits(i) >> 11) * 0x1.0p-53; }
  // Uniform in [0, bound), bound < 2^32, with negligible modulo bias.
  std::uint64_t below(std::uint64_t i, std::uint64_t bound) const { return ((bits(i) >> 32) * bound) >> 32; }
  // Standard normal by Box and Muller, in double precision; numbers 2i and 2i + 1 are a pair.
  double normal(std::uint64_t i) const {
    const std::uint64_t pair = i & ~std::uint64_t{1};
    const double u = 1.0 - uniform(pair);  // in (0, 1]
    const double angle = 6.283185307179586477 * uniform(pair + 1);
    return std::sqrt(-2.0 * std::log(u)) * ((i & 1) ? std::sin(angle) : std::cos(angle));
  }

 private:
  static constexpr std::uint64_t kGamma = 0x9E3779B97F4A7C15ULL;
  std::uint64_t key_;
};

}  // namespace god
