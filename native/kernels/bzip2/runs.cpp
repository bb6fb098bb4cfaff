#include "bzip2/runs.hpp"

#include <algorithm>
#include <cstring>

namespace god {
namespace {

// table[k][b]: the checksum of the byte b and k zeros after it. Eight bytes are then one step ("slicing by
// 8", Kounavis and Berry 2005).
struct CrcTables {
  std::uint32_t table[8][256];

  CrcTables() {
    for (std::uint32_t byte = 0; byte < 256; byte++) {
      std::uint32_t crc = byte << 24;
      for (int bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc >> 31 ? 0x04c11db7U : 0U);
      table[0][byte] = crc;
    }
    for (int k = 1; k < 8; k++) {
      for (std::size_t byte = 0; byte < 256; byte++) {
        const std::uint32_t crc = table[k - 1][byte];
        table[k][byte] = (crc << 8) ^ table[0][crc >> 24];
      }
    }
  }

  std::uint32_t add(std::uint32_t crc, const std::uint8_t* bytes, std::size_t count) const {
    for (; count >= 8; count -= 8, bytes += 8) {
      std::uint32_t first;
      std::memcpy(&first, bytes, 4);
      first = __builtin_bswap32(first) ^ crc;
      crc = table[7][first >> 24] ^ table[6][first >> 16 & 255] ^ table[5][first >> 8 & 255] ^
            table[4][first & 255] ^ table[3][bytes[4]] ^ table[2][bytes[5]] ^ table[1][bytes[6]] ^
            table[0][bytes[7]];
    }
    for (; count > 0; count--) crc = (crc << 8) ^ table[0][(crc >> 24) ^ *bytes++];
    return crc;
  }
};

// Returns where the next count of a run stands in the text, or `count` if there is none. `cursor` is then at
// this place.
std::size_t next_run(const std::uint8_t* text, std::size_t count, RunCursor& cursor) {
  std::size_t i = cursor.position;
  unsigned equal = cursor.equal;
  while (i < count && equal < 4) {
    equal = equal > 0 && text[i] == text[i - 1] ? equal + 1 : 1;
    i++;
  }
  cursor = {i, equal};
  return i;
}

}  // namespace

Expansion measure_runs(const std::uint8_t* text, std::size_t count) {
  static const CrcTables tables;
  std::uint32_t crc = 0xffffffff;
  std::size_t length = 0;
  std::uint8_t repeated[255];
  for (RunCursor cursor; cursor.position < count;) {
    const std::size_t start = cursor.position;
    const std::size_t end = next_run(text, count, cursor);
    crc = tables.add(crc, text + start, end - start);
    length += end - start;
    if (end == count) break;
    const std::size_t copies = text[end];
    std::memset(repeated, text[end - 1], copies);
    crc = tables.add(crc, repeated, copies);
    length += copies;
    cursor = {end + 1, 0};
  }
  return {length, ~crc};
}

std::size_t expand_runs(const std::uint8_t* text, std::size_t count, RunCursor& cursor, std::uint8_t* out,
                        std::size_t room) {
  std::size_t filled = 0;
  while (cursor.position < count) {
    const std::size_t start = cursor.position;
    const std::size_t end = next_run(text, std::min(count, start + (room - filled)), cursor);
    std::memcpy(out + filled, text + start, end - start);
    filled += end - start;
    if (end == count || cursor.equal < 4) break;
    const std::size_t copies = text[end];
    if (copies > room - filled) break;
    std::memset(out + filled, text[end - 1], copies);
    filled += copies;
    cursor = {end + 1, 0};
  }
  return filled;
}

}  // namespace god
