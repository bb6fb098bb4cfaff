// Chooses the instruction set at run time. See simd.hpp.
#pragma once

namespace god {

enum class Isa { kSse2, kAvx2, kAvx512, kNeon };

// The best instruction set that the processor and the operating system support and the library was built for.
Isa supported_isa();
// The instruction set that the kernels use: the same, or a smaller one if the environment variable GOD_SIMD
// (sse2, avx2, avx512) asks for it, for measuring and testing. Decided once. Both functions can be called
// before static constructors have run.
Isa active_isa();
const char* isa_name(Isa isa);

// Declares the tables that a *_simd.cpp exports, and a function that returns this processor's:
//   GOD_DECLARE_SIMD_TABLE(TsneSimd, tsne_simd)   // god::tsne_simd() -> const TsneSimd&
#if defined(__x86_64__)
#define GOD_DECLARE_SIMD_TABLE(Table, name) \
  namespace sse2 {                          \
  extern const Table name;                  \
  }                                         \
  namespace avx2 {                          \
  extern const Table name;                  \
  }                                         \
  namespace avx512 {                        \
  extern const Table name;                  \
  }                                         \
  inline const Table& name() {              \
    switch (active_isa()) {                 \
      case Isa::kAvx512:                    \
        return avx512::name;                \
      case Isa::kAvx2:                      \
        return avx2::name;                  \
      default:                              \
        return sse2::name;                  \
    }                                       \
  }
#elif defined(__aarch64__)
#define GOD_DECLARE_SIMD_TABLE(Table, name) \
  namespace neon {                          \
  extern const Table name;                  \
  }                                         \
  inline const Table& name() {              \
    return neon::name;                      \
  }
#else
#error "GOD is built for x86-64 and arm64"
#endif

}  // namespace god
