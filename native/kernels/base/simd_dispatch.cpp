#include "base/simd_dispatch.hpp"

#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace god {
namespace {

#if defined(__x86_64__)

bool has_bits(unsigned value, unsigned bits) {
  return (value & bits) == bits;
}

#endif

Isa best_isa() {
#if defined(__x86_64__)
  const Isa best = supported_isa();
  const char* asked = std::getenv("GOD_SIMD");
  if (asked == nullptr) return best;
  if (std::strcmp(asked, "sse2") == 0) return Isa::kSse2;
  if (std::strcmp(asked, "avx2") == 0 && best == Isa::kAvx512) return Isa::kAvx2;
  return best;
#else
  return supported_isa();
#endif
}

}  // namespace

#if defined(__x86_64__)

// Which of x86-64-v3 and -v4 the processor and the operating system support. This asks the processor itself,
// because __builtin_cpu_supports needs a part of libgcc that other run-time libraries leave empty.
Isa supported_isa() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !has_bits(c, bit_FMA | bit_OSXSAVE | bit_AVX)) return Isa::kSse2;
  unsigned saved = 0, high = 0;  // registers that the operating system saves: XCR0
  asm volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  constexpr unsigned kYmm = 0x06, kZmm = 0xE6;
  constexpr unsigned kV3 = bit_AVX2 | bit_BMI | bit_BMI2;
  constexpr unsigned kV4 = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || !has_bits(b, kV3) || !has_bits(saved, kYmm)) {
    return Isa::kSse2;
  }
  return has_bits(b, kV4) && has_bits(saved, kZmm) ? Isa::kAvx512 : Isa::kAvx2;
}

#else

Isa supported_isa() {
  return Isa::kNeon;
}

#endif

Isa active_isa() {
  static const Isa isa = best_isa();
  return isa;
}

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kSse2:
      return "sse2";
    case Isa::kNeon:
      return "neon";
  }
  return "unknown";
}

}  // namespace god
