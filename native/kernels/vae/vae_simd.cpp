#include "vae/vae_simd.hpp"

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

// Access to a native vector of an array: a whole one, or the last `count` elements, padded with zeros.
struct Whole {
  Float get(const float* p) const { return load(p); }
  void put(float* p, Float v) const { store(p, v); }
};
struct Part {
  std::size_t count;
  Float get(const float* p) const {
    float lane[kLanes] = {};
    for (std::size_t i = 0; i < count; i++) lane[i] = p[i];
    return load(lane);
  }
  void put(float* p, Float v) const {
    float lane[kLanes];
    store(lane, v);
    for (std::size_t i = 0; i < count; i++) p[i] = lane[i];
  }
};

// Calls f(offset, access) for every native vector of an array of n floats.
template <class F>
inline void each(std::size_t n, F f) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) f(i, Whole{});
  if (i < n) f(i, Part{n - i});
}

// The same for sums: calls f(offset, access, group) with the vector's number in the logical block. Summing by
// group, then by sum_block, gives the same bits for every native width.
template <class F>
inline void each_of_block(std::size_t n, F f) {
  std::size_t i = 0;
  for (; i + kBlock <= n; i += kBlock) {
    for (int v = 0; v < kVectors; v++) f(i + v * kLanes, Whole{}, v);
  }
  for (int v = 0; i < n; i += kLanes, v++) {
    if (i + kLanes <= n) {
      f(i, Whole{}, v);
    } else {
      f(i, Part{n - i}, v);
    }
  }
}

inline Float as_float(Int v) {
  return __builtin_convertvector(v, Float);
}
inline Float bits_as_float(Int v) {
  return reinterpret_cast<Float>(v);
}
inline Int float_as_bits(Float v) {
  return reinterpret_cast<Int>(v);
}

inline Float square_root(Float x) {
  Float root{};
  for (int i = 0; i < kLanes; i++) root[i] = __builtin_sqrtf(x[i]);
  return root;
}

// exp(x) within 2 ULP for x in [-87, 88]; x is clamped to this range, and NaN stays NaN. exp(x) = 2^n exp(r)
// with |r| <= ln 2 / 2, and exp(r) by its Taylor polynomial of degree 7 (remainder below 1e-8).
inline Float exponential(Float x) {
  x = select(x > splat(88.0F), splat(88.0F), x);
  x = select(x < splat(-87.0F), splat(-87.0F), x);
  const Float scaled = x * splat(1.44269504F);
  const Float half = select(scaled < Float{}, splat(-0.5F), splat(0.5F));
  const Int n = __builtin_convertvector(scaled + half, Int);
  const Float whole = as_float(n);
  const Float r = (x - whole * splat(0.693359375F)) + whole * splat(2.12194440e-4F);
  Float p = splat(1.0F / 5040);
  p = p * r + splat(1.0F / 720);
  p = p * r + splat(1.0F / 120);
  p = p * r + splat(1.0F / 24);
  p = p * r + splat(1.0F / 6);
  p = p * r + splat(0.5F);
  p = p * r + splat(1.0F);
  p = p * r + splat(1.0F);
  const Float power = bits_as_float((n + splat(std::int32_t{127})) << 23);
  return select(x == x, p * power, x);
}

// ln(x) for x in [2^-24, 1]: x = 2^n m with m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh(s), s = (m - 1)/(m +
// 1), |s| <= .172, by the series up to s^9 (remainder below 1e-9, relative).
inline Float logarithm(Float x) {
  const Int bits = float_as_bits(x);
  Int n = ((bits - splat(std::int32_t{0x3F3504F3})) >> 23);
  const Float m = bits_as_float(bits - (n << 23));
  const Float s = (m - splat(1.0F)) / (m + splat(1.0F));
  const Float t = s * s;
  Float p = splat(2.0F / 9);
  p = p * t + splat(2.0F / 7);
  p = p * t + splat(2.0F / 5);
  p = p * t + splat(2.0F / 3);
  p = p * t + splat(2.0F);
  return as_float(n) * splat(0.69314718F) + p * s;
}

// Cosine and sine of 2 pi v for v in [0, 1): a quarter turn k and a rest within an eighth of a turn, by
// Taylor polynomials (remainder below 3e-9).
inline void cosine_sine_of_turn(Float v, Float& cosine, Float& sine) {
  const Int k = __builtin_convertvector(v * splat(4.0F) + splat(0.5F), Int);
  const Float x = (v - as_float(k) * splat(0.25F)) * splat(6.28318531F);
  const Float t = x * x;
  Float c = splat(-1.0F / 3628800);
  c = c * t + splat(1.0F / 40320);
  c = c * t + splat(-1.0F / 720);
  c = c * t + splat(1.0F / 24);
  c = c * t + splat(-0.5F);
  c = c * t + splat(1.0F);
  Float s = splat(1.0F / 362880);
  s = s * t + splat(-1.0F / 5040);
  s = s * t + splat(1.0F / 120);
  s = s * t + splat(-1.0F / 6);
  s = (s * t + splat(1.0F)) * x;
  const Int odd = (k & splat(std::int32_t{1})) != Int{};
  const Int cosine_negative = ((k + splat(std::int32_t{1})) & splat(std::int32_t{2})) != Int{};
  const Int sine_negative = (k & splat(std::int32_t{2})) != Int{};
  const Float c_turned = select(odd, s, c);
  const Float s_turned = select(odd, c, s);
  cosine = select(cosine_negative, -c_turned, c_turned);
  sine = select(sine_negative, -s_turned, s_turned);
}

void relu_backward(float* delta, const float* activation, std::size_t count) {
  each(count, [&](std::size_t i, auto at) {
    at.put(delta + i, select(at.get(activation + i) > Float{}, at.get(delta + i), Float{}));
  });
}

void column_sums(const float* x, std::size_t rows, std::size_t cols, float* sums) {
  constexpr std::size_t kWide = 4;  // sums that do not wait for each other
  std::size_t first = 0;
  for (; first + kWide * kLanes <= cols; first += kWide * kLanes) {
    Float sum[kWide] = {};
    for (std::size_t i = 0; i < rows; i++) {
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kWide; v++) sum[v] += load(x + i * cols + first + v * kLanes);
    }
    for (std::size_t v = 0; v < kWide; v++) store(sums + first + v * kLanes, sum[v]);
  }
  each(cols - first, [&](std::size_t j, auto at) {
    Float sum{};
    for (std::size_t i = 0; i < rows; i++) sum += at.get(x + i * cols + first + j);
    at.put(sums + first + j, sum);
  });
}

double residual(float* y, const float* x, std::size_t rows, std::size_t cols, float scale) {
  double total = 0;
  for (std::size_t i = 0; i < rows; i++, y += cols, x += cols) {
    Float sums[kVectors] = {};
    each_of_block(cols, [&](std::size_t j, auto at, int v) {
      const Float difference = at.get(y + j) - at.get(x + j);
      sums[v] += difference * difference;
      at.put(y + j, difference * splat(scale));
    });
    total += static_cast<double>(sum_block(sums));
  }
  return total;
}

void normal_pairs(const std::uint64_t* bits, std::size_t count, float* a, float* b) {
  for (std::size_t i = 0; i < count; i += kLanes) {
    const std::size_t size = count - i < kLanes ? count - i : kLanes;
    std::int32_t high[kLanes] = {};
    std::int32_t low[kLanes] = {};
    for (std::size_t l = 0; l < size; l++) {
      high[l] = static_cast<std::int32_t>(bits[i + l] >> 40);
      low[l] = static_cast<std::int32_t>((bits[i + l] & 0xFFFFFFFFU) >> 8);
    }
    const Float u = (as_float(load(high)) + splat(1.0F)) * splat(0x1.0p-24F);
    const Float v = as_float(load(low)) * splat(0x1.0p-24F);
    const Float radius = square_root(splat(-2.0F) * logarithm(u));
    Float cosine;
    Float sine;
    cosine_sine_of_turn(v, cosine, sine);
    const Part part{size};
    part.put(a + i, radius * cosine);
    part.put(b + i, radius * sine);
  }
}

// The divergence of each unit.
inline Float divergence(Float mean, Float log_variance, Float variance) {
  return (mean * mean + variance - splat(1.0F) - log_variance) * splat(0.5F);
}

float sample_code(const float* head, const float* noise, std::size_t latent, float free_bits,
                  float* deviation, float* code, float* charged) {
  Float kl[kVectors] = {};
  Float charge[kVectors] = {};
  each_of_block(latent, [&](std::size_t j, auto at, int v) {
    const Float mean = at.get(head + j);
    const Float log_variance = at.get(head + latent + j);
    const Float sd = exponential(log_variance * splat(0.5F));
    at.put(deviation + j, sd);
    at.put(code + j, mean + at.get(noise + j) * sd);
    const Float unit = divergence(mean, log_variance, sd * sd);
    float lane[kLanes];
    store(lane, unit);
    float charged_lane[kLanes];
    store(charged_lane, select(unit < splat(free_bits), splat(free_bits), unit));
    // Padding after the last unit must not count: its divergence is 0 already, so set its charge to 0, too.
    const std::size_t size = latent - j < kLanes ? latent - j : kLanes;
    for (std::size_t l = size; l < kLanes; l++) charged_lane[l] = 0;
    kl[v] += load(lane);
    charge[v] += load(charged_lane);
  });
  *charged = sum_block(charge);
  return sum_block(kl);
}

void code_backward(const float* head, const float* noise, const float* deviation, const float* code_gradient,
                   std::size_t latent, float free_bits, float weight, float* head_gradient) {
  each(latent, [&](std::size_t j, auto at) {
    const Float mean = at.get(head + j);
    const Float log_variance = at.get(head + latent + j);
    const Float sd = at.get(deviation + j);
    const Float variance = sd * sd;
    const Int counts = !(divergence(mean, log_variance, variance) < splat(free_bits));
    const Float factor = select(counts, splat(weight), Float{});
    const Float gradient = at.get(code_gradient + j);
    at.put(head_gradient + j, gradient + factor * mean);
    at.put(head_gradient + latent + j,
           splat(0.5F) * (gradient * at.get(noise + j) * sd + factor * (variance - splat(1.0F))));
  });
}

void add_moments(const float* x, std::size_t cols, float* sums, float* squares) {
  each(cols, [&](std::size_t j, auto at) {
    const Float v = at.get(x + j);
    at.put(sums + j, at.get(sums + j) + v);
    at.put(squares + j, at.get(squares + j) + v * v);
  });
}

double squared_norm(const float* x, std::size_t count) {
  constexpr std::size_t kRun = 4096;
  double total = 0;
  for (std::size_t begin = 0; begin < count; begin += kRun) {
    const std::size_t size = count - begin < kRun ? count - begin : kRun;
    Float sums[kVectors] = {};
    each_of_block(size, [&](std::size_t i, auto at, int v) {
      const Float value = at.get(x + begin + i);
      sums[v] += value * value;
    });
    total += static_cast<double>(sum_block(sums));
  }
  return total;
}

void adam(float* parameters, const float* gradient, float* first, float* second, std::size_t count,
          const AdamStep& step) {
  const Float rate = splat(step.rate);
  const Float unbias = splat(step.unbias);
  const Float factor = splat(step.gradient);
  each(count, [&](std::size_t i, auto at) {
    const Float g = at.get(gradient + i) * factor;
    const Float m = at.get(first + i) * splat(0.9F) + g * splat(0.1F);
    const Float v = at.get(second + i) * splat(0.999F) + g * g * splat(0.001F);
    at.put(first + i, m);
    at.put(second + i, v);
    at.put(parameters + i, at.get(parameters + i) - rate * m / (square_root(v * unbias) + splat(1e-7F)));
  });
}

}  // namespace

extern const VaeSimd vae_simd;
const VaeSimd vae_simd{relu_backward, column_sums, residual,     normal_pairs, sample_code,
                       code_backward, add_moments, squared_norm, adam};

}  // namespace god::GOD_ISA
