#include "tsne/fft_simd.hpp"

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

static_assert(kFftLanes == kBlock);

using Four = float __attribute__((vector_size(16)));
typedef float LooseFour __attribute__((vector_size(16), aligned(4), may_alias));

struct Complex {
  Float re, im;

  Complex operator+(Complex o) const { return {re + o.re, im + o.im}; }
  Complex operator-(Complex o) const { return {re - o.re, im - o.im}; }
  Complex operator*(float a) const { return {re * a, im * a}; }
  Complex times_minus_i() const { return {im, -re}; }
  // times c - i s
  Complex rotated(float c, float s) const { return {re * c + im * s, im * c - re * s}; }
};

inline Complex load(const ComplexLanes& lanes, int v) {
  return {god::GOD_ISA::load(lanes.re.at + v * kLanes), god::GOD_ISA::load(lanes.im.at + v * kLanes)};
}
inline void store(ComplexLanes& lanes, int v, Complex z) {
  god::GOD_ISA::store(lanes.re.at + v * kLanes, z.re);
  god::GOD_ISA::store(lanes.im.at + v * kLanes, z.im);
}

// The forward transform of R numbers, in place.
template <int R>
inline void transform(Complex* z);

template <>
inline void transform<2>(Complex* z) {
  const Complex difference = z[0] - z[1];
  z[0] = z[0] + z[1];
  z[1] = difference;
}
template <>
inline void transform<3>(Complex* z) {
  const Complex sum = z[1] + z[2];
  const Complex turned = ((z[1] - z[2]) * 0.866025404f).times_minus_i();
  const Complex middle = z[0] - sum * 0.5f;
  z[0] = z[0] + sum;
  z[1] = middle + turned;
  z[2] = middle - turned;
}
template <>
inline void transform<4>(Complex* z) {
  const Complex even = z[0] + z[2];
  const Complex odd = z[1] + z[3];
  const Complex difference = z[0] - z[2];
  const Complex turned = (z[1] - z[3]).times_minus_i();
  z[0] = even + odd;
  z[1] = difference + turned;
  z[2] = even - odd;
  z[3] = difference - turned;
}
template <>
inline void transform<5>(Complex* z) {
  const Complex sum1 = z[1] + z[4];
  const Complex sum2 = z[2] + z[3];
  const Complex difference1 = z[1] - z[4];
  const Complex difference2 = z[2] - z[3];
  const Complex middle1 = z[0] + sum1 * 0.309016994f - sum2 * 0.809016994f;
  const Complex middle2 = z[0] - sum1 * 0.809016994f + sum2 * 0.309016994f;
  const Complex turned1 = (difference1 * 0.951056516f + difference2 * 0.587785252f).times_minus_i();
  const Complex turned2 = (difference1 * 0.587785252f - difference2 * 0.951056516f).times_minus_i();
  z[0] = z[0] + sum1 + sum2;
  z[1] = middle1 + turned1;
  z[2] = middle2 + turned2;
  z[3] = middle2 - turned2;
  z[4] = middle1 - turned1;
}

template <int R, bool kTwiddled>
inline __attribute__((always_inline)) void butterfly(ComplexLanes* data, std::size_t width,
                                                     const float* twiddles) {
  for (int v = 0; v < kVectors; v++) {
    Complex z[R];
    for (int q = 0; q < R; q++) z[q] = load(data[static_cast<std::size_t>(q) * width], v);
    transform<R>(z);
    if constexpr (kTwiddled) {
      for (int q = 1; q < R; q++) z[q] = z[q].rotated(twiddles[2 * q - 2], -twiddles[2 * q - 1]);
    }
    for (int q = 0; q < R; q++) store(data[static_cast<std::size_t>(q) * width], v, z[q]);
  }
}

// The inverse of R numbers is the forward transform with its results in reverse order.
template <int R, bool kTwiddled>
inline __attribute__((always_inline)) void inverse_butterfly(ComplexLanes* data, std::size_t width,
                                                             const float* twiddles) {
  for (int v = 0; v < kVectors; v++) {
    Complex z[R];
    for (int q = 0; q < R; q++) z[q] = load(data[static_cast<std::size_t>(q) * width], v);
    if constexpr (kTwiddled) {
      for (int q = 1; q < R; q++) z[q] = z[q].rotated(twiddles[2 * q - 2], twiddles[2 * q - 1]);
    }
    transform<R>(z);
    for (int q = 0; q < R; q++) store(data[static_cast<std::size_t>((R - q) % R) * width], v, z[q]);
  }
}

template <int R, bool kInverse>
void run_pass(const FftPass& pass, std::size_t length, ComplexLanes* data) {
  const std::size_t width = pass.width;
  for (std::size_t begin = 0; begin < length; begin += R * width) {
    ComplexLanes* block = data + begin;
    kInverse ? inverse_butterfly<R, false>(block, width, nullptr)
             : butterfly<R, false>(block, width, nullptr);
    for (std::size_t j = 1; j < width; j++) {
      const float* twiddles = pass.twiddles + j * 2 * (R - 1);
      kInverse ? inverse_butterfly<R, true>(block + j, width, twiddles)
               : butterfly<R, true>(block + j, width, twiddles);
    }
  }
}

template <bool kInverse>
void run(const FftPass& pass, std::size_t length, ComplexLanes* data) {
  switch (pass.radix) {
    case 2:
      return run_pass<2, kInverse>(pass, length, data);
    case 3:
      return run_pass<3, kInverse>(pass, length, data);
    case 4:
      return run_pass<4, kInverse>(pass, length, data);
    default:
      return run_pass<5, kInverse>(pass, length, data);
  }
}

void forward(FftView plan, ComplexLanes* data) {
  for (std::size_t p = 0; p < plan.count; p++) run<false>(plan.passes[p], plan.length, data);
}

void inverse(FftView plan, ComplexLanes* data) {
  for (std::size_t p = plan.count; p-- > 0;) run<true>(plan.passes[p], plan.length, data);
}

void rotate_real(const float* rotation, std::size_t length, ComplexLanes* data) {
  for (std::size_t k = 0; k < length; k++) {
    for (int v = 0; v < kVectors; v++) {
      const Float x = load(data[k], v).re;
      store(data[k], v, {x * rotation[2 * k], x * -rotation[2 * k + 1]});
    }
  }
}

void rotate(const float* rotation, std::size_t length, const ComplexLanes* from, ComplexLanes* to) {
  for (std::size_t k = 0; k < length; k++) {
    for (int v = 0; v < kVectors; v++) {
      store(to[k], v, load(from[k], v).rotated(rotation[2 * k], rotation[2 * k + 1]));
    }
  }
}

void add_rotated_back(const float* rotation, std::size_t length, const ComplexLanes* from,
                      ComplexLanes* sum) {
  for (std::size_t k = 0; k < length; k++) {
    for (int v = 0; v < kVectors; v++) {
      store(sum[k], v, load(sum[k], v) + load(from[k], v).rotated(rotation[2 * k], -rotation[2 * k + 1]));
    }
  }
}

void real_rotated_back(const float* rotation, std::size_t length, const ComplexLanes* from, float* out,
                       std::size_t stride) {
  for (std::size_t k = 0; k < length; k++) {
    for (int v = 0; v < kVectors; v++) {
      god::GOD_ISA::store(out + k * stride + v * kLanes,
                          load(from[k], v).rotated(rotation[2 * k], -rotation[2 * k + 1]).re);
    }
  }
}

void multiply(const RealLanes* factors, std::size_t length, ComplexLanes* data) {
  for (std::size_t k = 0; k < length; k++) {
    for (int v = 0; v < kVectors; v++) {
      const Float factor = god::GOD_ISA::load(factors[k].at + v * kLanes);
      const Complex z = load(data[k], v);
      store(data[k], v, {z.re * factor, z.im * factor});
    }
  }
}

// Transposes 4 x 4 numbers; `stride` is the distance of rows in both input and output.
inline void transpose_square(const float* from, float* to, std::size_t stride) {
  Four a[4];
  for (std::size_t i = 0; i < 4; i++) a[i] = *reinterpret_cast<const LooseFour*>(from + i * stride);
  const Four low02 = __builtin_shufflevector(a[0], a[2], 0, 4, 1, 5);
  const Four low13 = __builtin_shufflevector(a[1], a[3], 0, 4, 1, 5);
  const Four high02 = __builtin_shufflevector(a[0], a[2], 2, 6, 3, 7);
  const Four high13 = __builtin_shufflevector(a[1], a[3], 2, 6, 3, 7);
  const Four b[4] = {__builtin_shufflevector(low02, low13, 0, 4, 1, 5),
                     __builtin_shufflevector(low02, low13, 2, 6, 3, 7),
                     __builtin_shufflevector(high02, high13, 0, 4, 1, 5),
                     __builtin_shufflevector(high02, high13, 2, 6, 3, 7)};
  for (std::size_t i = 0; i < 4; i++) *reinterpret_cast<LooseFour*>(to + i * stride) = b[i];
}

void transpose(const ComplexLanes* from, ComplexLanes* to) {
  constexpr std::size_t kStride = sizeof(ComplexLanes) / sizeof(float);
  for (std::size_t r = 0; r < kFftLanes; r += 4) {
    for (std::size_t c = 0; c < kFftLanes; c += 4) {
      transpose_square(from[r].re.at + c, to[c].re.at + r, kStride);
      transpose_square(from[r].im.at + c, to[c].im.at + r, kStride);
    }
  }
}

}  // namespace

extern const FftSimd fft_simd;
const FftSimd fft_simd = {
    forward, inverse, rotate_real, rotate, add_rotated_back, real_rotated_back, multiply, transpose,
};

}  // namespace god::GOD_ISA
