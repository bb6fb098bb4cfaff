// Fast Fourier transforms of 16 sequences at once, one table per instruction set (see simd.hpp).
#pragma once
#include <cstddef>

namespace god {

constexpr std::size_t kFftLanes = 16;

struct alignas(64) RealLanes {
  float at[kFftLanes];
};
struct alignas(64) ComplexLanes {
  RealLanes re, im;
};

// One pass over sequences of radix * width numbers, which turns each into `radix` sequences of `width`.
// `twiddles` holds, for each j < width, the powers 1 .. radix - 1 of exp(-2 pi i j / (radix * width)) as (re,
// im).
struct FftPass {
  std::size_t radix;  // 2, 3, 4 or 5
  std::size_t width;
  const float* twiddles;
};
struct FftView {
  std::size_t length;
  const FftPass* passes;
  std::size_t count;
};

// Tables of rotation are pairs (cos a_k, sin a_k), k < length; to rotate is to multiply by exp(-i a_k).
struct FftSimd {
  // In place. Frequencies come out in the order of FftPlan::frequency; `inverse`, without the factor 1 /
  // length, takes them in that order.
  void (*forward)(FftView plan, ComplexLanes* data);
  void (*inverse)(FftView plan, ComplexLanes* data);

  // Numbers that are real: `data` has real parts only, and is rotated.
  void (*rotate_real)(const float* rotation, std::size_t length, ComplexLanes* data);
  // to = from, rotated.
  void (*rotate)(const float* rotation, std::size_t length, const ComplexLanes* from, ComplexLanes* to);
  // sum += from, rotated back.
  void (*add_rotated_back)(const float* rotation, std::size_t length, const ComplexLanes* from,
                           ComplexLanes* sum);
  // The real part of `from`, rotated back; its k-th lanes are written to out + k * stride.
  void (*real_rotated_back)(const float* rotation, std::size_t length, const ComplexLanes* from, float* out,
                            std::size_t stride);
  void (*multiply)(const RealLanes* factors, std::size_t length, ComplexLanes* data);

  // 16 x 16 numbers: to[l] lane k = from[k] lane l.
  void (*transpose)(const ComplexLanes* from, ComplexLanes* to);
};

}  // namespace god
