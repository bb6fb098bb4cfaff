// Times our products of float32 matrices (base/products.hpp) against OpenBLAS' on one thread, alternating, at the
// shapes that the kernels use:
//   cmake --preset native && cmake --build build-cpp --target bench_products && build-cpp/bench_products
// GOD_SIMD=avx2 or sse2 takes lesser kernels, on both sides. Prints GFLOP/s of the fastest of many short runs, which
// other work on the machine disturbs least, and ratios of them and of the medians. "packed": with a right factor that was
// packed before, as weights are.
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/blas.hpp"
#include "base/products.hpp"
#include "base/random.hpp"

namespace {

using god::PackedMatrix;
using god::Transpose;

constexpr int kRuns = 201;
constexpr double kOperations = 1e7;  // of one run, at least

struct Shape {
  const char* used_by;
  Transpose ta, tb;
  std::size_t m, n, k;
  bool gram = false;
};

constexpr Transpose kNo = Transpose::kNo, kYes = Transpose::kYes;
const Shape kShapes[] = {
    {"PCA fit", kYes, kNo, 512, 512, 1024, true},
    {"PCA fit", kYes, kNo, 128, 128, 2048, true},
    {"PCA transform", kNo, kYes, 256, 100, 512},
    {"neighbors", kNo, kYes, 128, 1024, 42},
    {"neighbors", kNo, kYes, 256, 1024, 42},
    {"VAE", kNo, kNo, 256, 256, 100},
    {"VAE", kNo, kNo, 256, 42, 128},
    {"VAE", kYes, kNo, 256, 100, 256},
    {"VAE forward", kNo, kNo, 64, 256, 100},
    {"VAE forward", kNo, kNo, 64, 128, 256},
    {"VAE forward", kNo, kNo, 64, 84, 128},
    {"VAE forward", kNo, kNo, 64, 128, 42},
    {"VAE forward", kNo, kNo, 64, 256, 128},
    {"VAE forward", kNo, kNo, 64, 100, 256},
    {"VAE backward", kNo, kYes, 64, 256, 100},
    {"VAE backward", kNo, kYes, 64, 128, 256},
    {"VAE backward", kNo, kYes, 64, 42, 128},
    {"VAE backward", kNo, kYes, 64, 128, 84},
    {"VAE backward", kNo, kYes, 64, 256, 128},
    {"VAE gradient", kYes, kNo, 50, 256, 256},
    {"VAE gradient", kYes, kNo, 128, 128, 256},
    {"VAE gradient", kYes, kNo, 128, 84, 256},
    {"VAE gradient", kYes, kNo, 42, 128, 256},
    {"VAE gradient", kYes, kNo, 64, 256, 256},
    {"VAE gradient", kYes, kNo, 128, 100, 256},
};

std::vector<float> normals(std::size_t count, std::uint64_t seed) {
  const god::RandomStream random(seed, 0);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; i++) values[i] = static_cast<float>(random.normal(i));
  return values;
}

// One shape's factors and results, and the three ways to multiply them.
class Products {
 public:
  explicit Products(const Shape& s)
      : s_(s),
        lda_(s.ta == kYes ? s.m : s.k),
        ldb_(s.tb == kYes ? s.k : s.n),
        a_(normals(s.m * s.k, 1)),
        b_(s.gram ? a_ : normals(s.k * s.n, 2)),
        c_(s.m * s.n),
        packed_(s.tb, b_.data(), ldb_, s.k, s.n) {}

  void blas() {
    const int m = static_cast<int>(s_.m), n = static_cast<int>(s_.n), k = static_cast<int>(s_.k);
    const int lda = static_cast<int>(lda_), ldb = static_cast<int>(ldb_);
    if (s_.gram) {
      cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, n, k, 1, a_.data(), lda, 0, c_.data(), n);
    } else {
      cblas_sgemm(CblasRowMajor, cblas(s_.ta), cblas(s_.tb), m, n, k, 1, a_.data(), lda, b_.data(), ldb, 0,
                  c_.data(), n);
    }
  }
  void own() {
    scratch_.pack(s_.tb, b_.data(), ldb_, s_.k, s_.n);
    multiply(scratch_);
  }
  void packed() { multiply(packed_); }

  double operations() const {
    const double all = 2.0 * static_cast<double>(s_.m * s_.n * s_.k);
    return s_.gram ? all / 2 : all;
  }

 private:
  static CBLAS_TRANSPOSE cblas(Transpose t) { return t == kYes ? CblasTrans : CblasNoTrans; }
  void multiply(const PackedMatrix& b) {
    if (s_.gram) {
      b.gram_upper(c_.data(), s_.n);
    } else {
      b.multiply({a_.data(), lda_, s_.m, s_.ta == kYes}, {c_.data(), s_.n});
    }
  }

  Shape s_;
  std::size_t lda_, ldb_;
  std::vector<float> a_, b_, c_;
  PackedMatrix packed_, scratch_;
};

// Seconds of one call, the fastest and the median of alternating runs.
struct Times {
  std::vector<double> seconds;
  template <class F>
  void run(int calls, F&& f) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; i++) f();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    seconds.push_back(taken.count() / calls);
  }
  double fastest() const { return *std::min_element(seconds.begin(), seconds.end()); }
  double median() {
    std::nth_element(seconds.begin(), seconds.begin() + kRuns / 2, seconds.end());
    return seconds[kRuns / 2];
  }
};

struct Ratios {
  double own = 0, packed = 0, median = 0;
  int count = 0;
  void add(double o, double p, double m) {
    own += std::log(o);
    packed += std::log(p);
    median += std::log(m);
    count++;
  }
  void print(const char* name) const {
    std::printf("%-34s%26.2f%12.2f%12.2f\n", name, std::exp(own / count), std::exp(packed / count),
                std::exp(median / count));
  }
};

}  // namespace

int main() {
  openblas_set_num_threads(1);
  std::printf("%s kernels against OpenBLAS' %s\n", god::isa_name(god::active_isa()), god::blas_kernels());
  std::printf("%-34s%8s%8s%10s%12s%12s\n", "", "BLAS", "own", "ratio", "packed", "by median");
  Ratios all, narrow;
  for (const Shape& s : kShapes) {
    Products products(s);
    const int calls = std::max(1, static_cast<int>(kOperations / products.operations()));
    Times blas, own, packed;
    for (int run = 0; run < kRuns; run++) {
      blas.run(calls, [&] { products.blas(); });
      own.run(calls, [&] { products.own(); });
      packed.run(calls, [&] { products.packed(); });
    }
    const double giga = products.operations() / 1e9;
    const double ratio = blas.fastest() / own.fastest(), ratio_packed = blas.fastest() / packed.fastest();
    std::printf("%-16s%s%s %4zu x %4zu x %4zu%8.0f%8.0f%10.2f%12.2f", s.used_by, s.ta == kYes ? "t" : "n",
                s.tb == kYes ? "t" : "n", s.m, s.n, s.k, giga / blas.fastest(), giga / own.fastest(), ratio,
                ratio_packed);
    const double ratio_median = blas.median() / own.median();
    std::printf("%12.2f\n", ratio_median);
    all.add(ratio, ratio_packed, ratio_median);
    if (s.n <= 84) narrow.add(ratio, ratio_packed, ratio_median);
  }
  all.print("geometric mean");
  narrow.print("up to 84 columns");
  return 0;
}
