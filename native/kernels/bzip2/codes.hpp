// The Huffman codes of a bzip2 block.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bzip2/bit_reader.hpp"
#include "bzip2/damage.hpp"

namespace god {

// 256 bytes and the mark of the end; the first byte is written as one of two digits of a run's length.
constexpr std::size_t kMostSymbols = 258;
constexpr unsigned kMostCodeBits = 20;
// In the place of a symbol: the bits are not a code.
constexpr unsigned kNoCode = kMostSymbols;

// One canonical code. Codes of up to kFastBits bits are found in one step.
struct CodeTable {
  static constexpr unsigned kFastBits = 10;
  // By the next kFastBits bits: symbol << 5 | length, or 0 if the code is longer or there is none.
  std::uint16_t fast[1 << kFastBits];
  // By length: the first value of the next 20 bits that is beyond the codes of this length; what is added to
  // a code to get its place in `symbols`.
  std::uint32_t limit[kMostCodeBits + 1];
  std::int32_t base[kMostCodeBits + 1];
  std::uint16_t symbols[kMostSymbols];

  // `lengths`: of the code of each symbol, 1 to 20 bits.
  void build(const std::uint8_t* lengths, std::size_t count);

  // The next symbol, or kNoCode. 20 bits must be ready.
  unsigned decode(BitReader& bits) const {
    const unsigned entry = fast[bits.peek(kFastBits)];
    if (entry == 0) return decode_long(bits);
    bits.drop(entry & 31);
    return entry >> 5;
  }

 private:
  unsigned decode_long(BitReader& bits) const;
};

// Which of the tables each group of 50 symbols is written with.
struct Codes {
  CodeTable tables[6];
  std::vector<std::uint8_t> selectors;

  // Throws BlockDamage.
  void read(BitReader& bits, std::size_t symbols);
};

}  // namespace god
