#include "text/vector_lines.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>

#include "text/decimal.hpp"

namespace god {
namespace {

constexpr std::size_t kLinesPerCheck = 64;

bool blank(std::uint8_t byte) {
  return byte == ' ' || byte == '\t';
}

const std::uint8_t* find(const std::uint8_t* begin, const std::uint8_t* end, int byte) {
  const void* found = std::memchr(begin, byte, static_cast<std::size_t>(end - begin));
  return found == nullptr ? end : static_cast<const std::uint8_t*>(found);
}

// The end of the name; `end` if there is none.
const std::uint8_t* find_name_end(const std::uint8_t* begin, const std::uint8_t* end, bool tab) {
  if (tab) return find(begin, end, '\t');
  while (begin < end && !blank(*begin)) begin++;
  return begin;
}

// Whether [at, end), which does not end with a blank, holds exactly these numbers.
bool read_values(const std::uint8_t* at, const std::uint8_t* end, std::size_t cols, double* values) {
  for (std::size_t i = 0; i < cols; i++) {
    while (at < end && blank(*at)) at++;
    if (!parse_decimal(at, end, values[i]) || std::abs(values[i]) > FLT_MAX) return false;
  }
  return at == end;
}

}  // namespace

ReadLines read_vector_lines(const std::uint8_t* bytes, std::size_t size, const VectorLayout& layout,
                            std::size_t most, Run run, VectorLine* lines, double* values) {
  ReadLines read;
  for (; read.bytes < size && read.lines < most; read.lines++) {
    if (read.lines % kLinesPerCheck == 0) run.monitor.check();
    const std::uint8_t* const line = bytes + read.bytes;
    const std::uint8_t* const line_end = find(line, bytes + size, layout.line_end);
    const std::uint8_t* end = line_end;
    if (end > line && end[-1] == '\r') end--;
    while (end > line && blank(end[-1])) end--;
    const std::uint8_t* const name_end = layout.named ? find_name_end(line, end, layout.tab) : line;
    const std::uint8_t* const first = name_end + (layout.named && name_end < end ? 1 : 0);
    const bool plain = first < end && !(layout.named && blank(*first)) &&
                       read_values(first, end, layout.cols, values + read.lines * layout.cols);
    lines[read.lines] = {static_cast<std::uint32_t>(read.bytes), static_cast<std::uint32_t>(end - bytes),
                         plain ? static_cast<std::uint32_t>(name_end - bytes) : kNotPlain};
    read.bytes = std::min(size, static_cast<std::size_t>(line_end - bytes) + 1);
  }
  return read;
}

}  // namespace god
