#include "simd_dispatch.hpp"

#include <cstdlib>
#include <cstring>

namespace god {
namespace {

Isa best_isa() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const Isa best = avx512 ? Isa::kAvx512 : avx2 ? Isa::kAvx2 : Isa::kSse2;
  const char* asked = std::getenv("GOD_SIMD");
  if (asked == nullptr) return best;
  if (std::strcmp(asked, "sse2") == 0) return Isa::kSse2;
  if (std::strcmp(asked, "avx2") == 0 && avx2) return Isa::kAvx2;
  return best;
#else
  return Isa::kNeon;
#endif
}

}  // namespace

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
