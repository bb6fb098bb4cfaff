#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/random.hpp"
#include "base/row_products.hpp"
#include "base/row_products_simd.hpp"

namespace {

std::vector<float> normals(std::size_t count, std::uint64_t seed) {
  const god::RandomStream random(seed, 0);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; i++) values[i] = static_cast<float>(random.normal(i));
  return values;
}

struct Case {
  Case(std::size_t r, std::size_t i, std::size_t o)
      : rows(r), in(i), out(o), x(normals(r * i, 1)), weights(normals(i * o, 2)), bias(normals(o, 3)) {}
  std::size_t rows, in, out;
  std::vector<float> x, weights, bias;  // weights: in x out
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{{1, 1, 1},   {3, 0, 5},     {5, 7, 3},     {8, 16, 32},
                                     {9, 41, 33}, {23, 100, 42}, {64, 42, 128}, {13, 1280, 100}};
  return all;
}

std::vector<float> product(const Case& c, const std::vector<float>& x, std::size_t rows) {
  std::vector<float> y(rows * c.out, -1.0F);
  god::RowWeights(god::Transpose::kNo, c.weights.data(), c.in, c.out)
      .multiply(x.data(), rows, c.bias.data(), y.data());
  return y;
}

}  // namespace

TEST_CASE("products are those of float64 within the error of a float32 sum") {
  for (const Case& c : cases()) {
    const std::vector<float> y = product(c, c.x, c.rows);
    for (std::size_t i = 0; i < c.rows; i++) {
      for (std::size_t j = 0; j < c.out; j++) {
        double sum = c.bias[j], size = std::abs(sum);
        for (std::size_t k = 0; k < c.in; k++) {
          const double term = static_cast<double>(c.x[i * c.in + k]) * c.weights[k * c.out + j];
          sum += term;
          size += std::abs(term);
        }
        // Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1: two roundings a term.
        const double bound = 2 * static_cast<double>(c.in + 1) * 0x1p-24 * size;
        CHECK(std::abs(y[i * c.out + j] - sum) <= bound);
      }
    }
  }
}

TEST_CASE("weights may be transposed, and the bias may be missing") {
  for (const Case& c : cases()) {
    std::vector<float> transposed(c.weights.size());
    for (std::size_t k = 0; k < c.in; k++) {
      for (std::size_t j = 0; j < c.out; j++) transposed[j * c.in + k] = c.weights[k * c.out + j];
    }
    std::vector<float> y(c.rows * c.out), plain(y.size());
    const god::RowWeights weights(god::Transpose::kYes, transposed.data(), c.in, c.out);
    weights.multiply(c.x.data(), c.rows, c.bias.data(), y.data());
    CHECK(y == product(c, c.x, c.rows));
    weights.multiply(c.x.data(), c.rows, nullptr, plain.data());
    for (std::size_t e = 0; e < y.size(); e++) CHECK(y[e] == plain[e] + c.bias[e % c.out]);
  }
}

TEST_CASE("a row alone has the bits that it has among others") {
  for (const Case& c : cases()) {
    const std::vector<float> all = product(c, c.x, c.rows);
    for (std::size_t i = 0; i < c.rows; i++) {
      const auto begin = c.x.begin() + static_cast<std::ptrdiff_t>(i * c.in);
      const std::vector<float> row(begin, begin + static_cast<std::ptrdiff_t>(c.in));
      const std::vector<float> alone = product(c, row, 1);
      CHECK(std::memcmp(alone.data(), &all[i * c.out], c.out * sizeof(float)) == 0);
    }
  }
}

#if defined(__x86_64__)
TEST_CASE("AVX2 and AVX-512 give the same bits") {
  if (god::supported_isa() != god::Isa::kAvx512) {
    MESSAGE("skipped: this processor has no AVX-512");
    return;
  }
  for (const Case& c : cases()) {
    std::vector<std::vector<float>> results;
    for (const god::RowProductsSimd& table : {god::avx2::row_products_simd, god::avx512::row_products_simd}) {
      const std::size_t panels = (c.out + table.panel - 1) / table.panel;
      std::vector<float> packed(panels * c.in * table.panel), y(c.rows * c.out);
      for (std::size_t k = 0; k < c.in; k++) {
        for (std::size_t j = 0; j < c.out; j++)
          packed[(j / table.panel * c.in + k) * table.panel + j % table.panel] = c.weights[k * c.out + j];
      }
      table.multiply(c.x.data(), c.rows, c.in, packed.data(), c.out, c.bias.data(), y.data());
      results.push_back(y);
    }
    CHECK(results[0] == results[1]);
  }
}
#endif
