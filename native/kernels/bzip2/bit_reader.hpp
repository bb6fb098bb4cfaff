// Bits of a buffer, the most significant of each byte first.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace god {

// After the end, bits are zeros; `overrun` finds out whether any of these was used.
class BitReader {
 public:
  // Begins at bit `bit`, which is inside the buffer or at its end.
  BitReader(const std::uint8_t* bytes, std::size_t size, std::size_t bit)
      : bytes_(bytes), size_(size), next_(bit / 8) {
    refill();
    drop(static_cast<unsigned>(bit % 8));
  }

  // At least 56 bits are then ready. They stay the same bits, however often this is called.
  void refill() {
    if (next_ + 8 <= size_) {
      std::uint64_t word;
      std::memcpy(&word, bytes_ + next_, 8);
      // All platforms of the addon are little-endian.
      word_ |= __builtin_bswap64(word) >> count_;
      next_ += (63 - count_) >> 3;
      count_ |= 56;
      return;
    }
    for (; count_ <= 56; count_ += 8, next_++) {
      if (next_ < size_) word_ |= static_cast<std::uint64_t>(bytes_[next_]) << (56 - count_);
    }
  }

  // The next `count` bits, 1 to 56, which must be ready.
  std::uint64_t peek(unsigned count) const { return word_ >> (64 - count); }

  void drop(unsigned count) {
    word_ <<= count;
    count_ -= count;
  }

  // The next `count` bits, 1 to 32.
  std::uint32_t take(unsigned count) {
    if (count_ < count) refill();
    const auto bits = static_cast<std::uint32_t>(peek(count));
    drop(count);
    return bits;
  }

  std::uint64_t take48() {
    const std::uint64_t high = take(24);
    return high << 24 | take(24);
  }

  // Of the next bit, in the buffer.
  std::size_t position() const { return next_ * 8 - count_; }
  bool overrun() const { return position() > size_ * 8; }

 private:
  const std::uint8_t* bytes_;
  std::size_t size_;
  std::size_t next_;
  std::uint64_t word_ = 0;
  unsigned count_ = 0;
};

}  // namespace god
