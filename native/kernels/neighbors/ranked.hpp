// A neighbor as one number, which sorts by distance, then by index.
#pragma once
#include <cstdint>
#include <cstring>

namespace god {

// `distance` must not be negative: only then are the bits of floats in the order of their values.
inline std::uint64_t ranked(float distance, std::uint32_t index) {
  std::uint32_t bits;
  static_assert(sizeof bits == sizeof distance);
  std::memcpy(&bits, &distance, sizeof bits);
  return std::uint64_t{bits} << 32 | index;
}

inline float distance_of(std::uint64_t rank) {
  const auto bits = static_cast<std::uint32_t>(rank >> 32);
  float distance;
  std::memcpy(&distance, &bits, sizeof distance);
  return distance;
}

}  // namespace god
