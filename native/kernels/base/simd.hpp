// Portable SIMD by GCC's and Clang's vector extensions: vectors have the machine's native width, under a
// fixed logical width of 16 lanes.
//
// A file named *_simd.cpp is compiled once for every instruction set of the target (see CMakeLists.txt), each
// time with GOD_ISA, the name of a namespace, and GOD_LANES, the number of floats in a native vector. It
// defines its functions inside namespace god::GOD_ISA and exports one table of function pointers;
// simd_dispatch.hpp chooses a table at run time. Code for a newer instruction set must not leak into shared
// symbols, so these files do not include headers with inline functions or templates of external linkage (of
// the C++ standard library, only <cstddef> and <cstdint>).
//
// The same source gives the same bits on AVX-512, AVX2 and NEON: 16 logical lanes, one fixed tree for sums,
// true division and square root, fused multiply-add throughout. SSE2 has no fused multiply-add and differs in
// the last bits.
#pragma once
#include <cstddef>
#include <cstdint>

namespace god::GOD_ISA {

// Lanes of one native vector.
constexpr int kLanes = GOD_LANES;
// Logical lanes.
constexpr int kBlock = 16;
// Native vectors in a logical block.
constexpr int kVectors = kBlock / kLanes;

using Float = float __attribute__((vector_size(GOD_LANES * 4)));
using Int = std::int32_t __attribute__((vector_size(GOD_LANES * 4)));
// For unaligned addresses. These are typedefs because Clang silently ignores `aligned` in an
// alias-declaration.
typedef float LooseFloat __attribute__((vector_size(GOD_LANES * 4), aligned(4), may_alias));
typedef std::int32_t LooseInt __attribute__((vector_size(GOD_LANES * 4), aligned(4), may_alias));

static inline Float load(const float* p) {
  return *reinterpret_cast<const LooseFloat*>(p);
}
static inline void store(float* p, Float v) {
  *reinterpret_cast<LooseFloat*>(p) = v;
}
static inline Int load(const std::int32_t* p) {
  return *reinterpret_cast<const LooseInt*>(p);
}
static inline void store(std::int32_t* p, Int v) {
  *reinterpret_cast<LooseInt*>(p) = v;
}
static inline Float splat(float a) {
  return a - Float{};
}
static inline Int splat(std::int32_t a) {
  return a - Int{};
}
// Lane by lane: a where the mask is all ones, b where it is zero.
static inline Float select(Int mask, Float a, Float b) {
  return mask ? a : b;
}
static inline Int select(Int mask, Int a, Int b) {
  return mask ? a : b;
}
static inline Float min(Float a, Float b) {
  return a < b ? a : b;
}
static inline Float max(Float a, Float b) {
  return a > b ? a : b;
}

// The sum of a logical block by one fixed tree for every native width: first lanes 8 apart, then 4, 2 and 1.
static inline float sum_block(const Float* v) {
#if GOD_LANES == 16
  const auto eight = __builtin_shufflevector(v[0], v[0], 0, 1, 2, 3, 4, 5, 6, 7) +
                     __builtin_shufflevector(v[0], v[0], 8, 9, 10, 11, 12, 13, 14, 15);
#elif GOD_LANES == 8
  const auto eight = v[0] + v[1];
#endif
#if GOD_LANES == 4
  const auto four = (v[0] + v[2]) + (v[1] + v[3]);
#else
  const auto four =
      __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#endif
  const auto two = four + __builtin_shufflevector(four, four, 2, 3, 0, 1);
  return two[0] + two[1];
}

}  // namespace god::GOD_ISA
