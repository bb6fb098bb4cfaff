#include "bzip2/block.hpp"

#include <cstring>

#include "bzip2/bit_reader.hpp"
#include "bzip2/runs.hpp"

namespace god {
namespace {

constexpr std::size_t kGroup = 50;

// The byte values in a block, in the order of their last use.
struct RecentBytes {
  std::uint8_t bytes[256] = {};
  std::size_t count = 0;

  void read(BitReader& bits) {
    const unsigned rows = bits.take(16);
    for (unsigned row = 0; row < 16; row++) {
      if ((rows & 0x8000U >> row) == 0) continue;
      const unsigned columns = bits.take(16);
      for (unsigned column = 0; column < 16; column++) {
        if ((columns & 0x8000U >> column) != 0) bytes[count++] = static_cast<std::uint8_t>(row * 16 + column);
      }
    }
  }

  // Moves the byte at `place` to the front. Most places are small.
  std::uint8_t use(std::size_t place) {
    const std::uint8_t byte = bytes[place];
    if (place < 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes, 8);
      const std::uint64_t moved = (std::uint64_t{2} << (8 * place + 7)) - 1;
      word = (word & ~moved) | (word << 8 & moved) | byte;
      std::memcpy(bytes, &word, 8);
    } else {
      std::memmove(bytes + 1, bytes, place);
      bytes[0] = byte;
    }
    return byte;
  }
};

// How often an equal byte follows: digits 1 and 2 of a number with base two, the lowest first.
struct RunLength {
  std::size_t length = 0;
  std::size_t unit = 1;

  void add(unsigned digit) {
    length += unit << digit;
    unit <<= 1;
  }
};

// Undoes Huffman's code, run lengths and move-to-front: the last bytes of the sorted rotations, how often each
// occurs, and how many they are.
Damage decode_symbols(BitReader& bits, const Codes& codes, RecentBytes recent, std::uint8_t* last,
                      std::uint32_t* counts, std::size_t& total) {
  const unsigned end_of_block = static_cast<unsigned>(recent.count) + 1;
  std::size_t count = 0;
  RunLength run;
  for (const std::uint8_t selector : codes.selectors) {
    if (bits.overrun()) return Damage::kEndsEarly;
    const CodeTable& table = codes.tables[selector];
    for (std::size_t i = 0; i < kGroup; i++) {
      bits.refill();
      const unsigned symbol = table.decode(bits);
      if (symbol <= 1) {
        run.add(symbol);
        if (run.length > kMostBlockBytes) return Damage::kLongRun;
        continue;
      }
      if (run.length > 0) {
        if (run.length > kMostBlockBytes - count) return Damage::kLongBlock;
        std::memset(last + count, recent.bytes[0], run.length);
        counts[recent.bytes[0]] += static_cast<std::uint32_t>(run.length);
        count += run.length;
        run = {};
      }
      if (symbol >= end_of_block) {
        total = count;
        return symbol == end_of_block ? Damage::kNone : Damage::kUnknownCode;
      }
      if (count == kMostBlockBytes) return Damage::kLongBlock;
      const std::uint8_t byte = recent.use(symbol - 1);
      counts[byte]++;
      last[count++] = byte;
    }
  }
  return Damage::kMoreSymbols;
}

void decode(BitReader& bits, BlockScratch& scratch, const Monitor& monitor, std::uint8_t* text,
            DecodedBlock& block) {
  if (bits.take(1) == 1) throw BlockDamage{Damage::kRandomized};
  const std::size_t origin = bits.take(24);
  RecentBytes recent;
  recent.read(bits);
  if (recent.count == 0) throw BlockDamage{Damage::kNoBytes};
  scratch.codes.read(bits, recent.count + 2);
  std::uint32_t counts[256] = {};
  BitReader fast = bits;  // a copy, which stays in registers
  const Damage damage =
      decode_symbols(fast, scratch.codes, recent, scratch.last.data(), counts, block.length);
  bits = fast;
  if (damage != Damage::kNone) throw BlockDamage{damage};
  block.end = bits.position();
  if (bits.overrun()) throw BlockDamage{Damage::kEndsEarly};
  if (origin >= block.length) throw BlockDamage{Damage::kOutsideOrigin};
  monitor.check();
  scratch.transform.invert(scratch.last.data(), counts, block.length, origin, text);
  monitor.check();
  const Expansion expansion = measure_runs(text, block.length);
  block.expanded = expansion.length;
  if (expansion.crc != block.crc) throw BlockDamage{Damage::kBlockChecksum};
}

}  // namespace

DecodedBlock decode_block(const std::uint8_t* bytes, std::size_t size, std::size_t bit, BlockScratch& scratch,
                          const Monitor& monitor, std::uint8_t* text) {
  DecodedBlock block;
  BitReader bits(bytes, size, bit);
  bits.take48();
  block.crc = bits.take(32);
  try {
    decode(bits, scratch, monitor, text, block);
  } catch (const BlockDamage& found) {
    // After the end, bits are zeros, and anything can come out of them.
    block.damage = bits.overrun() ? Damage::kEndsEarly : found.damage;
  }
  return block;
}

}  // namespace god
