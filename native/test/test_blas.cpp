#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/blas.hpp"
#include "base/random.hpp"
#include "base/simd_dispatch.hpp"
#include "support.hpp"

using test::normals;

namespace {

// op(A)[i][k] of a matrix whose rows are ld apart.
double at(const std::vector<double>& a, god::Transpose t, std::size_t ld, std::size_t i, std::size_t k) {
  return t == god::Transpose::kYes ? a[k * ld + i] : a[i * ld + k];
}

// The largest error of a product compared with plain sums in float64, relative to the sum of magnitudes, at
// `samples` of its entries.
double product_error(god::GemmShape s, god::Transpose ta, god::Transpose tb, std::uint64_t seed,
                     std::size_t samples) {
  const bool a_is_transposed = ta == god::Transpose::kYes;
  const bool b_is_transposed = tb == god::Transpose::kYes;
  const std::size_t lda = (a_is_transposed ? s.m : s.k) + 3;
  const std::size_t ldb = (b_is_transposed ? s.k : s.n) + 1;
  const std::vector<double> a = normals<double>((a_is_transposed ? s.k : s.m) * lda, seed);
  const std::vector<double> b = normals<double>((b_is_transposed ? s.n : s.k) * ldb, seed + 1);
  std::vector<double> c(s.m * s.n, 1.0);
  god::gemm(ta, tb, s, 2.0, a.data(), lda, b.data(), ldb, 3.0, c.data(), s.n);
  const god::RandomStream pick(seed, 5);
  double worst = 0;
  for (std::size_t q = 0; q < samples; q++) {
    const std::size_t i = pick.below(2 * q, s.m), j = pick.below(2 * q + 1, s.n);
    double sum = 3, magnitude = 3;
    for (std::size_t k = 0; k < s.k; k++) {
      const double term = 2 * at(a, ta, lda, i, k) * at(b, tb, ldb, k, j);
      sum += term;
      magnitude += std::abs(term);
    }
    worst = std::max(worst, std::abs(c[i * s.n + j] - sum) / magnitude);
  }
  return worst;
}

double dot(const double* a, const double* b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

}  // namespace

#if defined(GOD_CHOOSES_BLAS_KERNELS)
TEST_CASE("OpenBLAS uses the kernels that fit the instruction set, unless OPENBLAS_CORETYPE names others") {
  const std::string kernels = god::blas_kernels();
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr) {
    MESSAGE("skipped: OPENBLAS_CORETYPE is set; ", kernels);
  } else if (god::active_isa() == god::Isa::kAvx512) {
    CHECK((kernels == "SkylakeX" || kernels == "Cooperlake"));
  } else if (god::active_isa() == god::Isa::kAvx2) {
    CHECK((kernels == "Haswell" || kernels == "Zen"));
  } else if (god::supported_isa() != god::Isa::kSse2) {
    CHECK(kernels == "Prescott");
  }
}
#endif

TEST_CASE("products of all shapes and transpositions are correct") {
  for (const auto ta : {god::Transpose::kNo, god::Transpose::kYes}) {
    for (const auto tb : {god::Transpose::kNo, god::Transpose::kYes}) {
      std::uint64_t seed = 1;
      for (god::GemmShape s : {god::GemmShape{1, 1, 1}, {1, 9, 40}, {40, 1, 9}, {17, 5, 3}, {130, 70, 257}}) {
        CHECK(product_error(s, ta, tb, seed++, 50) < 1e-14);
      }
    }
  }
}

TEST_CASE("products are correct when many threads compute them at the same time") {
  // With GOD_LONG=1, 24 threads x 1,500 products. OpenBLAS' serial build fails this; short runs can miss it.
  const bool thorough = std::getenv("GOD_LONG") != nullptr;
  const int products = thorough ? 1500 : 60;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 24; t++) {
    threads.emplace_back([&, t] {
      const god::RandomStream random(t, 77);
      for (int p = 0; p < products; p++) {
        const std::uint64_t i = 4 * static_cast<std::uint64_t>(p);
        const god::GemmShape s{1 + random.below(i, 120), 1 + random.below(i + 1, 120),
                               1 + random.below(i + 2, 200)};
        const auto ta = random.below(i + 3, 2) == 0 ? god::Transpose::kNo : god::Transpose::kYes;
        const double error = product_error(s, ta, god::Transpose::kNo, t * 10000 + i, 200);
        if (!(error < 1e-14)) wrong++;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE(
    "the upper triangle of a Gram matrix has the products of columns or rows, and the lower is unchanged") {
  const std::size_t n = 70, d = 9;
  const std::vector<double> a = normals<double>(n * d, 3);
  std::vector<double> columns(d * d, -7), rows(n * n, -7);
  god::gram_upper(n, d, a.data(), d, columns.data(), d);
  god::row_gram_upper(n, d, a.data(), d, rows.data(), n);
  for (std::size_t i = 0; i < d; i++) {
    for (std::size_t j = 0; j < d; j++) {
      double sum = 0;
      for (std::size_t r = 0; r < n; r++) sum += a[r * d + i] * a[r * d + j];
      CHECK(columns[i * d + j] == doctest::Approx(j >= i ? sum : -7).epsilon(1e-12));
    }
  }
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < n; j++)
      CHECK(rows[i * n + j] == doctest::Approx(j >= i ? dot(&a[i * d], &a[j * d], d) : -7).epsilon(1e-12));
  }
}

TEST_CASE("rows become orthonormal and keep their directions, and a dependent row completes the basis") {
  const std::size_t k = 6, d = 11;
  std::vector<double> rows = normals<double>(k * d, 4);
  std::fill(&rows[3 * d], &rows[4 * d], 0.0);
  for (std::size_t j = 0; j < d; j++) rows[5 * d + j] = rows[d + j];  // a repeated row
  const std::vector<double> first(rows.begin(), rows.begin() + d);
  god::orthonormalize_rows(k, d, rows.data());
  for (std::size_t i = 0; i < k; i++) {
    for (std::size_t j = 0; j < k; j++)
      CHECK(std::abs(dot(&rows[i * d], &rows[j * d], d) - (i == j ? 1 : 0)) < 1e-13);
  }
  CHECK(std::abs(dot(first.data(), rows.data(), d)) ==
        doctest::Approx(std::sqrt(dot(first.data(), first.data(), d))).epsilon(1e-13));
}
