#include "bzip2/codes.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace god {
namespace {

void read_lengths(BitReader& bits, std::size_t symbols, std::uint8_t* lengths) {
  unsigned length = bits.take(5);
  for (std::size_t i = 0; i < symbols; i++) {
    for (;;) {
      if (length < 1 || length > kMostCodeBits) throw BlockDamage{Damage::kCodeLength};
      if (bits.take(1) == 0) break;
      length += bits.take(1) == 0 ? 1U : -1U;
    }
    lengths[i] = static_cast<std::uint8_t>(length);
  }
}

}  // namespace

void CodeTable::build(const std::uint8_t* lengths, std::size_t count) {
  unsigned of_length[kMostCodeBits + 1] = {}, starts[kMostCodeBits + 1];
  for (std::size_t i = 0; i < count; i++) of_length[lengths[i]]++;
  unsigned index = 0;
  for (unsigned length = 1; length <= kMostCodeBits; length++) {
    starts[length] = index;
    index += of_length[length];
  }
  for (std::size_t i = 0; i < count; i++) symbols[starts[lengths[i]]++] = static_cast<std::uint16_t>(i);
  // A damaged block can have more codes than bits allow. The shorter ones then hide the others.
  std::memset(fast, 0, sizeof fast);
  std::uint32_t code = 0, filled = 0;
  index = 0;
  for (unsigned length = 1; length <= kMostCodeBits; length++) {
    base[length] = static_cast<std::int32_t>(index) - static_cast<std::int32_t>(code);
    code += of_length[length];
    index += of_length[length];
    limit[length] = code << (kMostCodeBits - length);
    if (length <= kFastBits) {
      const std::uint32_t end = std::min(code << (kFastBits - length), std::uint32_t{1} << kFastBits);
      for (; filled < end; filled++) {
        const int place = static_cast<int>(filled >> (kFastBits - length)) + base[length];
        fast[filled] = static_cast<std::uint16_t>(symbols[place] << 5 | length);
      }
    }
    code <<= 1;
  }
}

unsigned CodeTable::decode_long(BitReader& bits) const {
  const auto next = static_cast<std::uint32_t>(bits.peek(kMostCodeBits));
  unsigned length = kFastBits + 1;
  while (length <= kMostCodeBits && next >= limit[length]) length++;
  if (length > kMostCodeBits) return kNoCode;
  bits.drop(length);
  return symbols[static_cast<int>(next >> (kMostCodeBits - length)) + base[length]];
}

void Codes::read(BitReader& bits, std::size_t symbols) {
  const std::size_t count = bits.take(3);
  const std::size_t groups = bits.take(15);
  if (count < 2 || count > 6 || groups == 0) throw BlockDamage{Damage::kNoTables};
  selectors.resize(groups);
  std::uint8_t order[6] = {0, 1, 2, 3, 4, 5};
  for (std::uint8_t& selector : selectors) {
    std::size_t place = 0;
    while (bits.take(1) == 1) {
      if (++place >= count) throw BlockDamage{Damage::kUnknownTable};
    }
    std::rotate(order, order + place, order + place + 1);
    selector = order[0];
  }
  std::uint8_t lengths[kMostSymbols];
  for (std::size_t i = 0; i < count; i++) {
    read_lengths(bits, symbols, lengths);
    tables[i].build(lengths, symbols);
  }
}

}  // namespace god
