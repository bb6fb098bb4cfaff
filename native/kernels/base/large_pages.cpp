#include "base/large_pages.hpp"

#include <algorithm>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kLeast = 2 * kLargePage;

}  // namespace

void ask_for_large_pages(void* data, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  madvise(data, bytes, MADV_HUGEPAGE);
#else
  static_cast<void>(data);
  static_cast<void>(bytes);
#endif
}

void prefer_large_pages(void* data, std::size_t bytes) {
  if (bytes < kLeast) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage;
  const std::uintptr_t last = (begin + bytes) / kLargePage * kLargePage;
  if (first < last) ask_for_large_pages(reinterpret_cast<void*>(first), last - first);
}

std::size_t large_page_floats(std::size_t count) {
  return count * sizeof(float) < kLeast ? 0 : kLargePage / sizeof(float);
}

void copy_into_fresh(const float* from, std::size_t count, float* to) {
  prefer_large_pages(to, count * sizeof(float));
  // Blocks end at the borders of large pages: if two threads touch the same fresh page at once, both clear
  // it.
  const std::size_t before =
      (kLargePage - reinterpret_cast<std::uintptr_t>(to) % kLargePage) % kLargePage / sizeof(float);
  constexpr std::size_t kFloats = kLargePage / sizeof(float);
  parallel_for(resolve_threads(0), 1 + count / kFloats + 1, [&](std::size_t block, std::size_t) {
    const std::size_t begin = block == 0 ? 0 : std::min(count, before + (block - 1) * kFloats);
    const std::size_t end = std::min(count, before + block * kFloats);
    std::copy(from + begin, from + end, to + begin);
  });
}

}  // namespace god
