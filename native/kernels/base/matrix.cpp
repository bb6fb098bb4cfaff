#include "base/matrix.hpp"

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/parallel.hpp"

namespace god {

// Compares the exponents' bits, because compilers vectorize a loop over integers but must not reorder a sum
// of floats.
bool all_finite(const float* values, std::size_t count) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; i++) {
    std::uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    bad |= (bits & kExponent) == kExponent;
  }
  return bad == 0;
}

void check_finite(ConstMatrix32 x, const std::string& name, std::size_t threads) {
  constexpr std::size_t kBlock = 1 << 16;
  const std::size_t none = x.size();
  std::atomic<std::size_t> first{none};
  parallel_rows(threads, x.size(), kBlock, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    if (all_finite(x.data + begin, end - begin)) return;
    std::size_t at = begin;
    while (std::isfinite(x.data[at])) at++;
    std::size_t seen = first.load();
    while (at < seen && !first.compare_exchange_weak(seen, at)) {
    }
  });
  const std::size_t at = first.load();
  if (at == none) return;
  const BadRows::Cell cell{at / x.cols, at % x.cols, x.data[at]};
  throw BadRows("Expected `" + name + "` to hold finite float32 numbers but row " + std::to_string(cell.row) +
                    ", column " + std::to_string(cell.column) + " is " + std::to_string(cell.value),
                cell);
}

void check_finite_output(ConstMatrix32 output, ConstMatrix32 input, const std::string& name) {
  if (all_finite(output.data, output.size())) return;
  check_finite(input, name, 1);
  throw BadRows("Expected `" + name + "` to give numbers that fit into float32 but they overflow: scale it");
}

}  // namespace god
