// The inverse of the transform of Burrows and Wheeler (1994).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/large_array.hpp"

namespace god {

class InverseTransform {
 public:
  // For strings of up to `most` bytes, below 2^23.
  explicit InverseTransform(std::size_t most);

  // text[0, count): the string whose sorted rotations end with the bytes `last`, and are counted by value in
  // `counts`; the rotation at `origin` < count is the string itself.
  void invert(const std::uint8_t* last, const std::uint32_t* counts, std::size_t count, std::size_t origin,
              std::uint8_t* text);

 private:
  // Pieces of the string are followed at the same time, because each step waits for memory.
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kMostPieces = 256;

  // From the row `start` to that of another piece, or to its own if the string is periodic.
  struct Piece {
    std::uint32_t start;
    std::uint32_t next;  // the row where it ends
    const std::uint8_t* text;
    std::size_t length;
  };
  struct Lane {
    std::size_t row;
    std::uint8_t* out;
    Piece* piece;
  };

  void link(const std::uint8_t* last, const std::uint32_t* counts, std::size_t count);
  void choose_pieces(std::size_t count, std::size_t origin);
  void follow();
  void begin(Lane& lane, Piece& piece);
  const Piece& piece_at(std::size_t row) const;
  void join(std::size_t count, std::uint8_t* text) const;

  std::size_t most_;
  LargeArray<std::uint32_t> links_;
  // Of each lane, its pieces one after another. Little of it is used, so large pages would cost more than they save.
  std::unique_ptr<std::uint8_t[]> logs_;
  Piece pieces_[kMostPieces];  // the first is that of the origin, the others begin at multiples of `stride_`
  std::size_t piece_count_ = 0;
  std::size_t stride_ = 0;
};

}  // namespace god
