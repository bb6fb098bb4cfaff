#include "base/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/lapack.hpp"
#include "base/parallel.hpp"
#include "base/spectra_join.hpp"
#include "base/stopwatch.hpp"

extern "C" void dsytrd_(const char* uplo, const int* n, double* a, const int* lda, double* d, double* e,
                        double* tau, double* work, const int* lwork, int* info);
extern "C" void dsterf_(const int* n, double* d, double* e, int* info);
extern "C" void dstemr_(const char* jobz, const char* range, const int* n, double* d, double* e,
                        const double* vl, const double* vu, const int* il, const int* iu, int* m, double* w,
                        double* z, const int* ldz, const int* nzc, int* isuppz, int* tryrac, double* work,
                        const int* lwork, int* iwork, const int* liwork, int* info);
extern "C" void dstedc_(const char* compz, const int* n, double* d, double* e, double* z, const int* ldz,
                        double* work, const int* lwork, int* iwork, const int* liwork, int* info);
extern "C" void dlarft_(const char* direct, const char* storev, const int* n, const int* k, const double* v,
                        const int* ldv, const double* tau, double* t, const int* ldt);
extern "C" void dlarfb_(const char* side, const char* trans, const char* direct, const char* storev,
                        const int* m, const int* n, const int* k, const double* v, const int* ldv,
                        const double* t, const int* ldt, double* c, const int* ldc, double* work,
                        const int* ldwork);

namespace god {
namespace {

// Division is used if more than one in this many eigenvectors is wanted. For 100 eigenvectors of 512 it takes
// 6 ms on one thread and representations 11 ms; for 100 of 2048, 113 ms and 69 ms.
constexpr std::size_t kDivideShare = 10;
constexpr std::size_t kReflectors = 32;  // applied together
constexpr std::size_t kVectors = 32;     // transformed by a thread at a time

// A symmetric tridiagonal matrix.
struct Tridiagonal {
  std::vector<double> diagonal, beside;
};

// Writes the unit eigenvectors of the k largest eigenvalues, ascending, one after another.
void vectors_by_representations(int n, int k, Tridiagonal t, double* vectors) {
  if (k == 0) return;
  const int first = n - k + 1, doubles = 18 * n, integers = 10 * n;
  const double unused = 0;
  std::vector<double> found(static_cast<std::size_t>(n)), work(static_cast<std::size_t>(doubles));
  std::vector<int> support(2 * static_cast<std::size_t>(k)), iwork(static_cast<std::size_t>(integers));
  int count = 0, high_accuracy = 1, info = 0;
  dstemr_("V", "I", &n, t.diagonal.data(), t.beside.data(), &unused, &unused, &first, &n, &count,
          found.data(), vectors, &n, &k, support.data(), &high_accuracy, work.data(), &doubles, iwork.data(),
          &integers, &info);
  check_info(info, "dstemr");
}

// The same as eigen_by_division by multiple relatively robust representations (Dhillon and Parlett 2004). The
// vectors take O(n k), and are computed at the same time as the values.
std::vector<double> eigen_by_representations(Tridiagonal t, std::size_t k, double* vectors,
                                             std::size_t threads) {
  const int n = blas_int(t.diagonal.size());
  Tridiagonal copy = t;
  parallel_for(threads, 2, [&](std::size_t part, std::size_t) {
    if (part == 0) {
      vectors_by_representations(n, static_cast<int>(k), std::move(copy), vectors);
    } else {
      int info = 0;
      dsterf_(&n, t.diagonal.data(), t.beside.data(), &info);
      check_info(info, "dsterf");
    }
  });
  return std::move(t.diagonal);
}

// Eigenvalues and eigenvectors of a tridiagonal matrix with n diagonal and n - 1 other entries. Eigenvalues
// replace the diagonal, ascending; eigenvectors are columns `ld` apart.
void divide_and_conquer(std::size_t n, double* diagonal, double* beside, double* vectors, int ld) {
  const int size = blas_int(n), doubles = blas_int(1 + 4 * n + n * n), integers = blas_int(3 + 5 * n);
  std::vector<double> work(static_cast<std::size_t>(doubles));
  std::vector<int> iwork(static_cast<std::size_t>(integers));
  int info = 0;
  dstedc_("I", &size, diagonal, beside, vectors, &ld, work.data(), &doubles, iwork.data(), &integers, &info);
  check_info(info, "dstedc");
}

// All eigenvalues, ascending, and the unit eigenvectors of the k largest, one after another, by dividing the
// matrix and joining the spectra of its halves, which are computed in parallel.
std::vector<double> eigen_by_division(Tridiagonal t, std::size_t k, double* vectors, std::size_t threads) {
  const std::size_t n = t.diagonal.size(), half = n / 2;
  const int size = blas_int(n);
  Halves halves{n, half, t.beside[half - 1], {}, std::vector<double>(n * n)};
  t.diagonal[half - 1] -= std::abs(halves.joint);
  t.diagonal[half] -= std::abs(halves.joint);
  parallel_for(threads, 2, [&](std::size_t part, std::size_t) {
    const std::size_t begin = part * half;
    divide_and_conquer(part == 0 ? half : n - half, &t.diagonal[begin], t.beside.data() + begin,
                       &halves.vectors[begin * n + begin], size);
  });
  halves.values = std::move(t.diagonal);
  return join_spectra(std::move(halves), k, vectors, threads);
}

// Turns k eigenvectors of the tridiagonal matrix into those of the matrix that dsytrd reduced to it, by
// applying its reflectors in groups (Schreiber and Van Loan 1989). Does what dormtr does, for some vectors at
// a time.
void back_transform(std::size_t n, std::size_t k, const double* reduced, const double* reflectors,
                    double* vectors, std::size_t threads) {
  const int size = blas_int(n), room = static_cast<int>(kReflectors);
  const std::size_t groups = (n - 1 + kReflectors - 1) / kReflectors;
  std::vector<double> factors(groups * kReflectors * kReflectors);
  // The first reflector of group g is below the diagonal of column g * kReflectors.
  const auto with_group = [&](std::size_t g, auto&& f) {
    const std::size_t first = g * kReflectors;
    const int length = static_cast<int>(n - 1 - first);
    const int count = std::min(room, length);
    f(length, count, reduced + first * n + first + 1, &factors[g * kReflectors * kReflectors], first);
  };
  parallel_for(threads, groups, [&](std::size_t g, std::size_t) {
    with_group(g, [&](int length, int count, const double* v, double* factor, std::size_t first) {
      dlarft_("F", "C", &length, &count, v, &size, reflectors + first, factor, &room);
    });
  });
  parallel_rows(threads, k, kVectors, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    const int columns = static_cast<int>(end - begin);
    std::vector<double> work(kVectors * kReflectors);
    for (std::size_t g = groups; g-- > 0;) {
      with_group(g, [&](int length, int count, const double* v, double* factor, std::size_t first) {
        dlarfb_("L", "N", "F", "C", &length, &columns, &count, v, &size, factor, &room,
                vectors + begin * n + first + 1, &size, work.data(), &columns);
      });
    }
  });
}

}  // namespace

std::vector<double> symmetric_eigen_largest(std::size_t n, std::size_t k, double* a, std::size_t threads,
                                            EigenSeconds* seconds) {
  hold_to_one_thread();
  if (n < 2) {
    std::vector<double> values(a, a + n);
    if (k > 0) a[0] = 1;
    return values;
  }
  // LAPACK is column-major: our upper triangle is its lower one, and its columns of eigenvectors are our
  // rows.
  const int size = blas_int(n);
  Tridiagonal t{std::vector<double>(n), std::vector<double>(n)};
  std::vector<double> reflectors(n);
  {
    const Stopwatch watch(seconds, &EigenSeconds::reduction);
    with_workspace("dsytrd", [&](double* work, const int* room, int* info) {
      dsytrd_("L", &size, a, &size, t.diagonal.data(), t.beside.data(), reflectors.data(), work, room, info);
    });
  }
  std::vector<double> vectors(k * n);
  const bool divide = kDivideShare * k > n;
  std::vector<double> values;
  {
    const Stopwatch watch(seconds, &EigenSeconds::spectrum);
    values =
        (divide ? eigen_by_division : eigen_by_representations)(std::move(t), k, vectors.data(), threads);
  }
  const Stopwatch watch(seconds, &EigenSeconds::transformation);
  back_transform(n, k, a, reflectors.data(), vectors.data(), threads);
  std::copy(vectors.begin(), vectors.end(), a + (n - k) * n);
  return values;
}

}  // namespace god
