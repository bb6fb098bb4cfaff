// Compares native vectors into a bit mask, for which the compilers' vector extensions have no operation. For
// files *_simd.cpp only.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "base/simd.hpp"

namespace god::GOD_ISA {

// Bit l is set if a[l] <= b[l].
static inline std::uint32_t less_equal_bits(Float a, Float b) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), _CMP_LE_OQ);
#elif defined(__AVX2__)
  return static_cast<std::uint32_t>(_mm256_movemask_ps(
      _mm256_cmp_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), _CMP_LE_OQ)));
#elif defined(__x86_64__)
  return static_cast<std::uint32_t>(
      _mm_movemask_ps(_mm_cmple_ps(reinterpret_cast<__m128>(a), reinterpret_cast<__m128>(b))));
#else
  const uint32x4_t weights = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(vcleq_f32((float32x4_t)a, (float32x4_t)b), weights));
#endif
}

}  // namespace god::GOD_ISA
