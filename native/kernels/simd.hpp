// Portable SIMD: GCC and Clang vector extensions at the machine's native width, under a fixed logical width
// of 16 lanes.
//
// A file named *_simd.cpp is compiled once for every instruction set of the target (see CMakeLists.txt), each
// time with GOD_ISA, the name of a namespace, and GOD_LANES, the float lanes of one native vector. It defines
// its functions inside namespace god::GOD_ISA and exports one table of function pointers per instruction set;
// simd_dispatch.hpp chooses a table at run time. So that no code for a newer instruction set leaks into
// shared symbols, such files include no header with inline functions or templates of external linkage
// (nothing of the C++ standard library but <cstddef> and <cstdint>).
//
// The same source gives the same bits on AVX-512, AVX2 and NEON: 16 logical lanes, one fixed tree for sums,
// true division and square root, fused multiply-add throughout. Plain SSE2 has no fused multiply-add and
// differs in the last bits.
#pragma once
#include <cstddef>
#include <cstdint>

namespace god::GOD_ISA {

constexpr int kLanes = GOD_LANES;          // of one native vector
constexpr int kBlock = 16;                 // logical lanes
constexpr int kVectors = kBlock / kLanes;  // native vectors in a logical block

using Float = float __attribute__((vector_size(GOD_LANES * 4)));
using Int = std::int32_t __attribute__((vector_size(GOD_LANES * 4)));
// For unaligned addresses. By typedef: in an alias-declaration Clang leaves `aligned` out without a word.
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

// Sum of a logical block by one fixed tree, the same for every native width.
static inline float sum_block(const Float* v) {
  float lane[kBlock];
  for (int i = 0; i < kVectors; i++) store(lane + i * kLanes, v[i]);
  for (int half = kBlock / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) lane[i] += lane[i + half];
  }
  return lane[0];
}

}  // namespace god::GOD_ISA
