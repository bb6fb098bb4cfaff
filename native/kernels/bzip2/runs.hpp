// The first step of bzip2's compression, undone: four equal bytes are followed by a count of further ones.
#pragma once
#include <cstddef>
#include <cstdint>

namespace god {

// How long a block's text becomes, and the checksum of that: CRC-32 with the polynomial 0x04c11db7, the most
// significant bit first.
struct Expansion {
  std::size_t length;
  std::uint32_t crc;
};
Expansion measure_runs(const std::uint8_t* text, std::size_t count);

// How far a block's text is expanded.
struct RunCursor {
  std::size_t position = 0;  // in the text
  unsigned equal = 0;        // equal bytes just before it, at most 4
};

// Expands as much of the text as fits into out[0, room), at least 255 bytes, and returns how many bytes these are. The
// text is finished when the cursor's position is `count`.
std::size_t expand_runs(const std::uint8_t* text, std::size_t count, RunCursor& cursor, std::uint8_t* out,
                        std::size_t room);

}  // namespace god
