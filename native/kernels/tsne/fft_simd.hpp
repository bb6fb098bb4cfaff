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

// One pass, which turns each sequence of radix * width numbers into `radix` sequences of `width` numbers.
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

// A rotation is a table of pairs (cos a_k, sin a_k), k < length. Rotating multiplies number k by exp(-i a_k),
// rotating back by exp(i a_k).
struct FftSimd {
  // In place. `forward` leaves frequencies in the order of FftPlan::frequency, and `inverse` takes them in
  // that order. `inverse` leaves out the factor 1 / length.
  void (*forward)(FftView plan, ComplexLanes* data);
  void (*inverse)(FftView plan, ComplexLanes* data);

  // Rotates real numbers in place: only the real parts of `data` are read.
  void (*rotate_real)(const float* rotation, std::size_t length, ComplexLanes* data);
  // to = from, rotated.
  void (*rotate)(const float* rotation, std::size_t length, const ComplexLanes* from, ComplexLanes* to);
  // sum += from, rotated back.
  void (*add_rotated_back)(const float* rotation, std::size_t length, const ComplexLanes* from,
                           ComplexLanes* sum);
  // Writes the real parts of `from`, rotated back: the 16 lanes of number k to out + k * stride.
  void (*real_rotated_back)(const float* rotation, std::size_t length, const ComplexLanes* from, float* out,
                            std::size_t stride);
  void (*multiply)(const RealLanes* factors, std::size_t length, ComplexLanes* data);

  // Transposes 16 x 16 numbers: lane k of to[l] = lane l of from[k].
  void (*transpose)(const ComplexLanes* from, ComplexLanes* to);
};

}  // namespace god
