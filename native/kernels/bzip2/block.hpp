// One block of bzip2 data.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/large_array.hpp"
#include "base/monitor.hpp"
#include "bzip2/codes.hpp"
#include "bzip2/damage.hpp"
#include "bzip2/inverse_transform.hpp"

namespace god {

constexpr std::size_t kMostBlockBytes = 900'000;
constexpr std::uint64_t kBlockMagic = 0x314159265359;
constexpr std::uint64_t kEndMagic = 0x177245385090;

// What a thread needs to decode blocks.
struct BlockScratch {
  LargeArray<std::uint8_t> last{kMostBlockBytes};
  InverseTransform transform{kMostBlockBytes};
  Codes codes;
};

struct DecodedBlock {
  Damage damage = Damage::kNone;
  std::size_t end = 0;  // the bit after the block
  std::uint32_t crc = 0;
  std::size_t length = 0;    // of the text, whose runs are not expanded
  std::size_t expanded = 0;  // its length after that
};

// Decodes the block whose magic number is at bit `bit`, and checks its checksum. The text goes to
// text[0, kMostBlockBytes). Every count that the data declare is checked before it is used.
DecodedBlock decode_block(const std::uint8_t* bytes, std::size_t size, std::size_t bit, BlockScratch& scratch,
                          const Monitor& monitor, std::uint8_t* text);

}  // namespace god
