// Elementary functions on vectors, for *_simd.cpp files (see simd.hpp). Every step is an addition, a
// multiplication or a division, so that all instruction sets with fused multiply-add give the same bits.
#pragma once
#include "base/simd.hpp"

namespace god::GOD_ISA {

// exp(x) for x <= 0, with a relative error below 3e-7; 0 for x < -87, where the result would be subnormal. x
// = n log 2 + r with |r| <= log(2) / 2; the error of the Taylor series of exp(r) up to r^7 is 0.35^8 / 8! <
// 6e-9.
static inline Float exp_of_negative(Float x) {
  const Float lowest = splat(-87.0f);
  const Float bounded = max(x, lowest);
  const Float rounder = splat(0x1.8p23f);  // adding it rounds to an integer, in the low bits of the sum
  const Float shifted = bounded * 1.44269504f + rounder;
  const Float n = shifted - rounder;
  // log 2 in two parts, the first short enough for n * 0.693359375 to be exact.
  const Float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  Float p = splat(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const Int bits = ((Int)shifted << 23) + 0x3F800000;
  return select(x < lowest, splat(0.0f), p * (Float)bits);
}

// log(x) for normal positive x, with an absolute error below 3e-7 * max(1, |log x|). x = m 2^n with m in
// [0.71, 1.42); log m = 2 artanh(t), t = (m - 1) / (m + 1), |t| < 0.172; the error of five terms is 7e-10.
static inline Float log_of(Float x) {
  const Int bits = (Int)x;
  const Int n = (bits - 0x3F350000) >> 23;
  const Float m = (Float)(bits - (n << 23));
  const Float t = (m - 1.0f) / (m + 1.0f);
  const Float s = t * t;
  Float p = splat(2.0f / 9);
  p = p * s + 2.0f / 7;
  p = p * s + 2.0f / 5;
  p = p * s + 2.0f / 3;
  p = p * s + 2.0f;
  return __builtin_convertvector(n, Float) * 0.693147181f + p * t;
}

}  // namespace god::GOD_ISA
