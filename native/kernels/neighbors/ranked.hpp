// A neighbor as one number that orders by distance, then by index.
#pragma once
#include <cstdint>
#include <cstring>

namespace god {

// `distance` is not negative: the bits of such a float have its order.
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
