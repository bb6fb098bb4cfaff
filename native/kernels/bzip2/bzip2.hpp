// Decompression of bzip2 data on several threads.
//
// The blocks of a stream do not depend on each other, but only their ends say where the next ones begin. So the
// data are searched for the magic number of a block at every bit, as lbzip2 does, and the blocks that seem to
// begin there are decoded in parallel. A block counts only if the block before it ends where it begins: the
// magic number can also occur within a block.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/run.hpp"
#include "bzip2/block.hpp"
#include "bzip2/damage.hpp"

namespace god {

// A place between two blocks, and what is known there.
struct Bzip2Place {
  std::size_t bit = 0;
  unsigned level = 0;          // of the stream, in 100,000 bytes; 0 if the header of a stream comes next
  std::uint32_t checksum = 0;  // of the blocks of the stream
};

// Decodes whole blocks from `place` on, at most `most`, and moves `place` behind the last of them, or behind the
// header or end of a stream that follows. The text of block i goes to texts[i kMostBlockBytes] and is
// lengths[i] bytes long; its runs are still to be expanded (runs.hpp), to `expanded` bytes for all blocks.
//
// `complete`: the data end with these bytes. Otherwise decoding stops before what can be cut off. It goes ahead
// if kMostPackedBytes follow.
//
// Damage after some blocks is reported by the next call. `place` is then where the damaged part begins.
struct Bzip2Batch {
  std::size_t blocks = 0;
  std::size_t expanded = 0;
  Damage damage = Damage::kNone;
};
Bzip2Batch decode_blocks(const std::uint8_t* bytes, std::size_t size, bool complete, std::size_t most,
                         Run run, Bzip2Place& place, std::uint8_t* texts, std::uint32_t* lengths);

// A block of 900,000 symbols of at most 20 bits, its tables, and what can stand before it.
constexpr std::size_t kMostPackedBytes = 2'400'000;

}  // namespace god
