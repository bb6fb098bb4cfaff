// Lines of text with a vector on each, as word2vec and its like write them.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/run.hpp"

namespace god {

struct VectorLayout {
  std::size_t cols;
  bool named;             // a name comes first
  bool tab;               // and ends at the first TAB, not the first blank
  std::uint8_t line_end;  // '\n' or '\r'
};

// One line of a buffer. `name_end` is where the blank or TAB after the name stands, or an offset of no meaning without names.
struct VectorLine {
  std::uint32_t start;
  std::uint32_t end;  // without the line end, its carriage return, and blanks before them
  std::uint32_t name_end;
};

// In place of `name_end`: the line is not a plain row.
constexpr std::uint32_t kNotPlain = 0xffffffff;

// Lines read, and the bytes that they take.
struct ReadLines {
  std::size_t lines = 0;
  std::size_t bytes = 0;
};

// Reads up to `most` lines; the last one can lack its line end. The numbers of line i go to
// values[i cols]. A plain row has a name without blanks (or TABs, after a TAB), one separator, and then exactly `cols`
// numbers, between blanks or TABs, that parse_decimal reads and that are finite as float32. All other lines are
// left to the caller. size < 2^32.
ReadLines read_vector_lines(const std::uint8_t* bytes, std::size_t size, const VectorLayout& layout,
                            std::size_t most, Run run, VectorLine* lines, double* values);

}  // namespace god
