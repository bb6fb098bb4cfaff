#include "bzip2/bzip2.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "bzip2/bit_reader.hpp"

namespace god {
namespace {

constexpr std::uint32_t kStreamMagic = 0x425a68;  // BZh

// The 8 bytes from `at` on, zeros after the end.
std::uint64_t load(const std::uint8_t* bytes, std::size_t size, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes + at, std::min<std::size_t>(8, size - at));
  return __builtin_bswap64(word);
}

// The bits from `from` on where the magic number of a block begins, the first `most` of them.
std::vector<std::size_t> find_magics(const std::uint8_t* bytes, std::size_t size, std::size_t from,
                                     std::size_t most) {
  constexpr std::uint64_t kMask = (std::uint64_t{1} << 48) - 1;
  // Whether a byte can be the third one of those that hold a magic number. Few can.
  bool possible[256] = {};
  for (unsigned shift = 0; shift < 8; shift++) possible[kBlockMagic >> (24 + shift) & 255] = true;
  std::vector<std::size_t> found;
  for (std::size_t at = from / 8; at + 2 < size; at++) {
    if (!possible[bytes[at + 2]]) continue;
    const std::uint64_t word = load(bytes, size, at);
    for (unsigned shift = 0; shift < 8; shift++) {
      if ((word >> (16 - shift) & kMask) != kBlockMagic || at * 8 + shift < from) continue;
      found.push_back(at * 8 + shift);
      if (found.size() == most) return found;
    }
  }
  return found;
}

// The blocks that seem to begin at these bits, decoded in parallel.
std::vector<DecodedBlock> decode_all(const std::uint8_t* bytes, std::size_t size,
                                     const std::vector<std::size_t>& starts, Run run, std::uint8_t* texts) {
  std::vector<DecodedBlock> blocks(starts.size());
  std::vector<std::unique_ptr<BlockScratch>> scratch(std::min(run.threads, starts.size()));
  parallel_for(scratch.size(), starts.size(), [&](std::size_t i, std::size_t worker) {
    run.monitor.check();
    if (!scratch[worker]) scratch[worker] = std::make_unique<BlockScratch>();
    blocks[i] =
        decode_block(bytes, size, starts[i], *scratch[worker], run.monitor, texts + i * kMostBlockBytes);
  });
  return blocks;
}

// Follows the data from place to place, from one block to the next.
class Chain {
 public:
  Chain(const std::uint8_t* bytes, std::size_t size, bool complete, Bzip2Place& place)
      : bytes_(bytes), size_(size), complete_(complete), place_(place) {}

  enum class Next { kBlock, kMore, kStop };

  // Reads what comes next, unless it is a block.
  Next step() {
    const std::size_t left = size_ * 8 - place_.bit;
    if (place_.level == 0 && left == 0) return Next::kStop;
    if (left < (place_.level == 0 ? 32 : 80)) return stop(complete_ ? Damage::kEndsEarly : Damage::kNone);
    BitReader bits(bytes_, size_, place_.bit);
    if (place_.level == 0) return header(bits);
    const std::uint64_t magic = bits.take48();
    if (magic == kBlockMagic) return Next::kBlock;
    return magic == kEndMagic ? end_of_stream(bits) : stop(Damage::kNoBlock);
  }

  Next take(const DecodedBlock& block) {
    if (block.damage == Damage::kEndsEarly && !complete_) return stop(Damage::kNone);
    if (block.damage != Damage::kNone) return stop(block.damage);
    if (block.length > place_.level * std::size_t{100'000}) return stop(Damage::kLongBlock);
    place_.checksum = (place_.checksum << 1 | place_.checksum >> 31) ^ block.crc;
    place_.bit = block.end;
    return Next::kMore;
  }

  Damage damage() const { return damage_; }

 private:
  Next stop(Damage damage) {
    damage_ = damage;
    return Next::kStop;
  }

  Next header(BitReader& bits) {
    const bool stream = bits.take(24) == kStreamMagic;
    const unsigned level = bits.take(8) - '0';
    if (!stream || level < 1 || level > 9) return stop(Damage::kNoStream);
    place_ = {bits.position(), level, 0};
    return Next::kMore;
  }

  Next end_of_stream(BitReader& bits) {
    if (bits.take(32) != place_.checksum) return stop(Damage::kStreamChecksum);
    place_ = {(bits.position() + 7) / 8 * 8, 0, 0};
    return Next::kMore;
  }

  const std::uint8_t* bytes_;
  std::size_t size_;
  bool complete_;
  Bzip2Place& place_;
  Damage damage_ = Damage::kNone;
};

}  // namespace

Bzip2Batch decode_blocks(const std::uint8_t* bytes, std::size_t size, bool complete, std::size_t most,
                         Run run, Bzip2Place& place, std::uint8_t* texts, std::uint32_t* lengths) {
  std::vector<std::size_t> starts = find_magics(bytes, size, place.bit, most + 1);
  // The last one shows only where the block before it can end, unless there is nothing after it.
  if (starts.size() > most || (!complete && starts.size() > 1)) starts.pop_back();
  const std::vector<DecodedBlock> blocks = decode_all(bytes, size, starts, run, texts);
  Chain chain(bytes, size, complete, place);
  Bzip2Batch batch;
  Chain::Next next = Chain::Next::kMore;
  while (next != Chain::Next::kStop) {
    next = chain.step();
    if (next != Chain::Next::kBlock) continue;
    const auto start = std::lower_bound(starts.begin(), starts.end(), place.bit);
    if (start == starts.end() || *start != place.bit) break;
    const auto i = static_cast<std::size_t>(start - starts.begin());
    next = chain.take(blocks[i]);
    if (next == Chain::Next::kStop) break;
    // Magic numbers within blocks leave gaps.
    if (i != batch.blocks)
      std::memcpy(texts + batch.blocks * kMostBlockBytes, texts + i * kMostBlockBytes, blocks[i].length);
    lengths[batch.blocks++] = static_cast<std::uint32_t>(blocks[i].length);
    batch.expanded += blocks[i].expanded;
  }
  if (batch.blocks == 0) batch.damage = chain.damage();
  return batch;
}

}  // namespace god
