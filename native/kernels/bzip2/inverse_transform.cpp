#include "bzip2/inverse_transform.hpp"

namespace god {

void invert_transform(const std::uint8_t* last, const std::uint32_t* counts, std::size_t count,
                      std::size_t origin, std::uint32_t* links, std::uint8_t* text) {
  std::uint32_t next[256];
  std::uint32_t sum = 0;
  for (std::size_t byte = 0; byte < 256; byte++) {
    next[byte] = sum;
    sum += counts[byte];
  }
  // Sorted, the bytes `last` are the first ones of the rotations. A link is the row where the rotation by one
  // byte more stands, with the byte that it begins with in the low bits.
  for (std::size_t row = 0; row < count; row++) {
    const std::uint8_t byte = last[row];
    links[next[byte]++] = static_cast<std::uint32_t>(row << 8 | byte);
  }
  std::uint32_t link = links[origin];
  for (std::size_t i = 0; i < count; i++) {
    text[i] = static_cast<std::uint8_t>(link);
    link = links[link >> 8];
  }
}

}  // namespace god
