#include "bzip2/inverse_transform.hpp"

#include <algorithm>
#include <cstring>

namespace god {
namespace {

// A link: the row where the rotation by one byte more stands, whether a piece begins at the link's own row, and the byte
// that this rotation begins with.
constexpr unsigned kRowShift = 9;
constexpr std::uint32_t kPieceBegins = 1U << 8;
// Shorter pieces are not worth their beginning.
constexpr std::size_t kPieceLength = 2048;

}  // namespace

InverseTransform::InverseTransform(std::size_t most)
    : most_(most), links_(most), logs_(new std::uint8_t[kLanes * most]) {}

void InverseTransform::invert(const std::uint8_t* last, const std::uint32_t* counts, std::size_t count,
                              std::size_t origin, std::uint8_t* text) {
  link(last, counts, count);
  choose_pieces(count, origin);
  follow();
  join(count, text);
}

// Sorted, the bytes `last` are the first ones of the rotations.
void InverseTransform::link(const std::uint8_t* last, const std::uint32_t* counts, std::size_t count) {
  std::uint32_t next[256];
  std::uint32_t sum = 0;
  for (std::size_t byte = 0; byte < 256; byte++) {
    next[byte] = sum;
    sum += counts[byte];
  }
  std::uint32_t* const links = links_.data();
  for (std::size_t row = 0; row < count; row++) {
    const std::uint8_t byte = last[row];
    links[next[byte]++] = static_cast<std::uint32_t>(row << kRowShift | byte);
  }
}

void InverseTransform::choose_pieces(std::size_t count, std::size_t origin) {
  stride_ = std::max(kPieceLength, count / (kMostPieces - 1) + 1);
  piece_count_ = 1;
  pieces_[0].start = static_cast<std::uint32_t>(origin);
  for (std::size_t row = stride_; row < count; row += stride_) {
    if (row != origin) pieces_[piece_count_++].start = static_cast<std::uint32_t>(row);
  }
  for (std::size_t i = 0; i < piece_count_; i++) links_.data()[pieces_[i].start] |= kPieceBegins;
}

void InverseTransform::begin(Lane& lane, Piece& piece) {
  const std::uint32_t link = links_.data()[piece.start];
  piece.text = lane.out;
  *lane.out++ = static_cast<std::uint8_t>(link);
  lane.row = link >> kRowShift;
  lane.piece = &piece;
}

// The links are a permutation, so no two pieces have a row in common, and the log of a lane never has more than
// `most_` bytes.
void InverseTransform::follow() {
  Lane lanes[kLanes];
  std::size_t begun = 0, active = std::min(kLanes, piece_count_);
  for (; begun < active; begun++) {
    lanes[begun].out = logs_.get() + begun * most_;
    begin(lanes[begun], pieces_[begun]);
  }
  const std::uint32_t* const links = links_.data();
  while (active > 0) {
    for (std::size_t i = 0; i < active; i++) {
      Lane& lane = lanes[i];
      const std::uint32_t link = links[lane.row];
      if ((link & kPieceBegins) == 0) {
        *lane.out++ = static_cast<std::uint8_t>(link);
        lane.row = link >> kRowShift;
        continue;
      }
      lane.piece->next = static_cast<std::uint32_t>(lane.row);
      lane.piece->length = static_cast<std::size_t>(lane.out - lane.piece->text);
      if (begun < piece_count_) {
        begin(lane, pieces_[begun++]);
      } else {
        lane = lanes[--active];
      }
    }
  }
}

const InverseTransform::Piece& InverseTransform::piece_at(std::size_t row) const {
  if (row == pieces_[0].start) return pieces_[0];
  const Piece* const end = pieces_ + piece_count_;
  return *std::lower_bound(pieces_ + 1, end, row,
                           [](const Piece& piece, std::size_t value) { return piece.start < value; });
}

// A periodic string is some of the pieces, again and again.
void InverseTransform::join(std::size_t count, std::uint8_t* text) const {
  const Piece* piece = &pieces_[0];
  for (std::size_t filled = 0; filled < count;) {
    const std::size_t length = std::min(piece->length, count - filled);
    std::memcpy(text + filled, piece->text, length);
    filled += length;
    piece = &piece_at(piece->next);
  }
}

}  // namespace god
