#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/packing_simd.hpp"
#include "base/products.hpp"
#include "base/random.hpp"
#include "support.hpp"

using test::normals;

namespace {

using god::PackedMatrix;
using god::Transpose;

constexpr double kUnit = 0x1p-24;
constexpr float kUntouched = -7.0F;
constexpr Transpose kSides[] = {Transpose::kNo, Transpose::kYes};

// A matrix whose rows are further apart than they are long.
struct Stored {
  Stored(Transpose s, std::size_t rows, std::size_t cols, std::size_t gap, std::uint64_t seed)
      : side(s),
        stride((s == Transpose::kYes ? rows : cols) + gap),
        // Ends with the last element, so that the address sanitizer finds reads beyond it.
        values(
            normals(rows * cols == 0 ? 0 : ((s == Transpose::kYes ? cols : rows) - 1) * stride + stride - gap,
                    seed)) {}
  float at(std::size_t i, std::size_t j) const {
    return side == Transpose::kYes ? values[j * stride + i] : values[i * stride + j];
  }
  god::LeftFactor left(std::size_t rows) const {
    return {values.data(), stride, rows, side == Transpose::kYes};
  }
  Transpose side;
  std::size_t stride;
  std::vector<float> values;
};

struct Case {
  std::size_t m, n, k;
};

// Sizes around the heights and widths of all tiles, and around blocks of terms.
std::vector<Case> cases() {
  std::vector<Case> all{{3, 5, 0}, {97, 3, 31}, {1, 42, 128}, {64, 84, 256}, {50, 100, 257}, {200, 33, 600}};
  for (std::size_t m = 1; m <= 50; m += m < 16 ? 1 : 11) {
    for (std::size_t n = 1; n <= 52; n += n < 20 ? 1 : 3) all.push_back({m, n, (m * 7 + n) % 37 + 1});
  }
  return all;
}

struct Factors {
  Factors(const Case& c, Transpose ta, Transpose tb)
      : shape(c), a(ta, c.m, c.k, 3, 1), b(tb, c.k, c.n, 1, 2), bias(normals(c.n, 3)) {}
  PackedMatrix packed(float factor = 1) const {
    PackedMatrix p;
    p.pack(b.side, b.values.data(), b.stride, shape.k, shape.n, factor);
    return p;
  }
  Case shape;
  Stored a, b;
  std::vector<float> bias;
};

// An element as products_simd.cpp computes it: sums of blocks by fused multiply-add from zero.
float in_order(const Factors& f, std::size_t i, std::size_t j, float bias) {
  float total = bias;
  for (std::size_t first = 0; first < f.shape.k; first += god::kProductDepth) {
    float sum = 0;
    for (std::size_t p = first; p < std::min(f.shape.k, first + god::kProductDepth); p++)
      sum = std::fmaf(f.a.at(i, p), f.b.at(p, j), sum);
    total = sum + total;
  }
  return total;
}

bool fuses() {
  return god::active_isa() != god::Isa::kSse2;
}

// The product with rows n + 2 apart. The two numbers between rows must stay unchanged.
std::vector<float> product(const Factors& f, const float* bias, bool relu) {
  const std::size_t ldc = f.shape.n + 2;
  std::vector<float> c(f.shape.m * ldc, kUntouched);
  f.packed().multiply(f.a.left(f.shape.m), {c.data(), ldc, bias, relu});
  return c;
}

void check_product(const Factors& f) {
  const auto [m, n, k] = f.shape;
  const std::vector<float> c = product(f, f.bias.data(), false);
  const std::size_t blocks = (k + god::kProductDepth - 1) / god::kProductDepth;
  const double roundings = static_cast<double>(2 * std::min(k, god::kProductDepth) + blocks + 1);
  for (std::size_t i = 0; i < m; i++) {
    for (std::size_t j = 0; j < n; j++) {
      double sum = f.bias[j], size = std::abs(sum);
      for (std::size_t p = 0; p < k; p++) {
        const double term = static_cast<double>(f.a.at(i, p)) * static_cast<double>(f.b.at(p, j));
        sum += term;
        size += std::abs(term);
      }
      const float value = c[i * (n + 2) + j];
      REQUIRE(std::abs(static_cast<double>(value) - sum) <= 1.01 * roundings * kUnit * size);
      if (fuses()) REQUIRE(value == in_order(f, i, j, f.bias[j]));
    }
    for (std::size_t j = n; j < n + 2; j++) REQUIRE(c[i * (n + 2) + j] == kUntouched);
  }
}

bool same_bits(const float* a, const float* b, std::size_t count) {
  return count == 0 || std::memcmp(a, b, count * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("products agree with float64 within their error bound and are summed in the documented order") {
  for (const Case& c : cases()) {
    for (const Transpose ta : kSides) {
      for (const Transpose tb : kSides) {
        CAPTURE(c.m);
        CAPTURE(c.n);
        CAPTURE(c.k);
        check_product(Factors(c, ta, tb));
      }
    }
  }
}

TEST_CASE("bias, ReLU and a factor that is a power of two are exact") {
  for (const Case& c : cases()) {
    const Factors f(c, Transpose::kNo, Transpose::kYes);
    const std::vector<float> plain = product(f, nullptr, false);
    const std::vector<float> relu = product(f, nullptr, true);
    std::vector<float> scaled(plain.size(), kUntouched);
    f.packed(-2).multiply(f.a.left(c.m), {scaled.data(), c.n + 2});
    for (std::size_t i = 0; i < c.m; i++) {
      for (std::size_t j = 0; j < c.n; j++) {
        const std::size_t at = i * (c.n + 2) + j;
        REQUIRE(relu[at] == (plain[at] < 0 ? 0 : plain[at]));
        REQUIRE(scaled[at] == -2 * plain[at]);
      }
    }
  }
}

TEST_CASE("ReLU keeps NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> a{nan, 1}, b(20, -1.0F);
  std::vector<float> c(40);
  PackedMatrix(Transpose::kNo, b.data(), 20, 1, 20).multiply({a.data(), 1, 2}, {c.data(), 20, nullptr, true});
  CHECK(std::isnan(c[0]));
  CHECK(std::isnan(c[19]));
  CHECK(c[20] == 0);
}

TEST_CASE("a row or column has the same bits alone and among others") {
  for (const Case& c : cases()) {
    const Factors f(c, Transpose::kNo, Transpose::kNo);
    const std::size_t ldc = c.n + 2;
    const std::vector<float> all = product(f, f.bias.data(), true);
    std::vector<float> row(c.n), column(c.m);
    const PackedMatrix packed = f.packed();
    for (std::size_t i = 0; i < c.m && c.k > 0; i++) {
      packed.multiply({&f.a.values[i * f.a.stride], f.a.stride, 1}, {row.data(), c.n, f.bias.data(), true});
      REQUIRE(same_bits(row.data(), &all[i * ldc], c.n));
    }
    for (std::size_t j = 0; j < c.n && c.k > 0; j++) {
      PackedMatrix(Transpose::kNo, &f.b.values[j], f.b.stride, c.k, 1)
          .multiply(f.a.left(c.m), {column.data(), 1, &f.bias[j], true});
      for (std::size_t i = 0; i < c.m; i++) REQUIRE(same_bits(&column[i], &all[i * ldc + j], 1));
    }
  }
}

TEST_CASE("rows can be packed in parts and into reused memory") {
  PackedMatrix parts;
  for (const Case& c : cases()) {
    const Factors f(c, Transpose::kNo, Transpose::kNo);
    std::vector<float> out(c.m * c.n);
    parts.reshape(c.k, c.n);
    for (std::size_t end = c.k; end > 0;) {
      const std::size_t begin = end > 150 ? end - 150 : 0;
      parts.put_rows(begin, end - begin, &f.b.values[begin * f.b.stride], f.b.stride);
      end = begin;
    }
    parts.multiply(f.a.left(c.m), {out.data(), c.n});
    const std::vector<float> whole = product(f, nullptr, false);
    for (std::size_t i = 0; i < c.m; i++) REQUIRE(same_bits(&out[i * c.n], &whole[i * (c.n + 2)], c.n));
  }
}

TEST_CASE("a Gram matrix is the upper triangle of the product with the transpose") {
  for (const std::size_t n : {1, 31, 256, 700}) {
    for (const std::size_t d : {1, 5, 16, 31, 47, 65, 100, 128, 130}) {
      const Stored x(Transpose::kNo, n, d, 2, n + d);
      const PackedMatrix packed(Transpose::kNo, x.values.data(), x.stride, n, d);
      std::vector<float> gram(d * (d + 1), kUntouched), whole(d * d);
      packed.gram_upper(gram.data(), d + 1);
      packed.multiply({x.values.data(), x.stride, d, true}, {whole.data(), d});
      for (std::size_t i = 0; i < d; i++) {
        REQUIRE(same_bits(&gram[i * (d + 1) + i], &whole[i * d + i], d - i));
        REQUIRE(gram[i * (d + 1) + d] == kUntouched);
      }
    }
  }
}

TEST_CASE("blocks of rows add up to the Gram matrix of all") {
  const std::size_t n = 700, d = 70;
  const Stored x(Transpose::kNo, n, d, 0, 1);
  std::vector<float> all(d * d), sum(d * d);
  PackedMatrix(Transpose::kNo, x.values.data(), d, n, d).gram_upper(all.data(), d);
  for (std::size_t first = 0; first < n; first += god::kProductDepth) {
    PackedMatrix(Transpose::kNo, &x.values[first * d], d, std::min(god::kProductDepth, n - first), d)
        .gram_upper(sum.data(), d, first > 0);
  }
  for (std::size_t i = 0; i < d; i++) REQUIRE(same_bits(&sum[i * d + i], &all[i * d + i], d - i));
}

TEST_CASE("a row is shifted and scaled as it is packed, and added to sums") {
  for (const std::size_t n : {1, 257, 300}) {
    for (std::size_t d = 1; d <= 52; d++) {
      const std::vector<float> x = normals(n * d, n + d), shift = normals(d, 7);
      std::vector<float> less(n * d), sums(d, 3), expected(d, 3), gram(d * d), of_less(d * d);
      PackedMatrix packed;
      packed.reshape(n, d);
      for (std::size_t i = 0; i < n; i++) {
        for (std::size_t j = 0; j < d; j++) {
          less[i * d + j] = (x[i * d + j] - shift[j]) * 4;
          expected[j] += less[i * d + j];
        }
        packed.put_row_less(i, &x[i * d], shift.data(), 4, sums.data());
      }
      REQUIRE(same_bits(sums.data(), expected.data(), d));
      packed.gram_upper(gram.data(), d);
      PackedMatrix(Transpose::kNo, less.data(), d, n, d).gram_upper(of_less.data(), d);
      REQUIRE(same_bits(gram.data(), of_less.data(), d * d));
    }
  }
}

#if defined(__x86_64__)
TEST_CASE("AVX2 and AVX-512 give the same bits") {
  if (god::supported_isa() != god::Isa::kAvx512) {
    MESSAGE("skipped: this processor has no AVX-512");
    return;
  }
  struct Tables {
    const god::PackingSimd& packing;
    const god::ProductSimd& product;
  };
  for (const Case& c : cases()) {
    for (const Transpose ta : kSides) {
      for (const Transpose tb : kSides) {
        const Factors f(c, ta, tb);
        std::vector<std::vector<float>> results;
        for (const Tables& t : {Tables{god::avx2::packing_simd, god::avx2::product_simd},
                                Tables{god::avx512::packing_simd, god::avx512::product_simd}}) {
          std::vector<float> packed(god::kProductDepth * (c.n + t.packing.lanes)), out(c.m * c.n);
          for (std::size_t first = 0; first < c.k; first += god::kProductDepth) {
            const std::size_t depth = std::min(god::kProductDepth, c.k - first);
            const bool transposed = tb == Transpose::kYes;
            t.packing.pack(&f.b.values[first * (transposed ? 1 : f.b.stride)], f.b.stride, transposed,
                           {0, depth, depth}, c.n, 1, packed.data());
            t.product.multiply(f.a.left(c.m), {first, depth, first + depth == c.k}, c.n, packed.data(),
                               {out.data(), c.n, f.bias.data(), true});
          }
          results.push_back(out);
        }
        REQUIRE(same_bits(results[0].data(), results[1].data(), c.m * c.n));
      }
    }
  }
}
#endif
