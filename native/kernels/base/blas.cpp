#include "base/blas.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <stdexcept>
#include <string>

#include "base/parallel.hpp"

extern "C" void dsytrd_(const char* uplo, const int* n, double* a, const int* lda, double* d, double* e,
                        double* tau, double* work, const int* lwork, int* info);
extern "C" void dsterf_(const int* n, double* d, double* e, int* info);
extern "C" void dstemr_(const char* jobz, const char* range, const int* n, double* d, double* e,
                        const double* vl, const double* vu, const int* il, const int* iu, int* m, double* w,
                        double* z, const int* ldz, const int* nzc, int* isuppz, int* tryrac, double* work,
                        const int* lwork, int* iwork, const int* liwork, int* info);
extern "C" void dstedc_(const char* compz, const int* n, double* d, double* e, double* z, const int* ldz,
                        double* work, const int* lwork, int* iwork, const int* liwork, int* info);
extern "C" void dlaed1_(const int* n, double* d, double* q, const int* ldq, int* order, const double* rho,
                        const int* cut, double* work, int* iwork, int* info);
extern "C" void dormtr_(const char* side, const char* uplo, const char* trans, const int* m, const int* n,
                        const double* a, const int* lda, const double* tau, double* c, const int* ldc,
                        double* work, const int* lwork, int* info);
extern "C" void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work,
                        const int* lwork, int* info);
extern "C" void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda,
                        const double* tau, double* work, const int* lwork, int* info);

namespace god {
namespace {

// Division is used if more than one in this many eigenvectors is wanted. For 100 eigenvectors of 512 it takes
// 5 ms and representations 10 ms; for 100 of 1024, 34 ms and 24 ms.
constexpr std::size_t kDivideShare = 6;

void hold_to_one_thread() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

int blas_int(std::size_t value) {
  if (value > 0x7FFFFFFF) throw std::length_error("matrix dimension exceeds 2^31 - 1");
  return static_cast<int>(value);
}

void check_info(int info, const char* routine) {
  if (info == 0) return;
  throw std::runtime_error(std::string("LAPACK ") + routine + " did not converge (info " +
                           std::to_string(info) + ")");
}

// Calls a LAPACK routine twice, as call(work, size, info): first with size -1, which returns the size of the
// workspace that it needs, then with this workspace.
template <class Call>
void with_workspace(const char* routine, Call&& call) {
  const int query = -1;
  int info = 0;
  double wanted = 0;
  call(&wanted, &query, &info);
  check_info(info, routine);
  const int size = static_cast<int>(wanted);
  std::vector<double> work(static_cast<std::size_t>(size));
  call(work.data(), &size, &info);
  check_info(info, routine);
}

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
// matrix and joining the spectra of its halves (Cuppen 1981; Gu and Eisenstat 1995). O(n^3) however few
// vectors are wanted, but mostly fast products, and the halves are computed in parallel.
std::vector<double> eigen_by_division(Tridiagonal t, std::size_t k, double* vectors, std::size_t threads) {
  const std::size_t n = t.diagonal.size();
  const std::size_t half = n / 2;
  const int size = blas_int(n), cut = blas_int(half);
  std::vector<double> all(n * n, 0.0);
  std::vector<int> order(n);
  for (std::size_t i = 0; i < n; i++) order[i] = static_cast<int>(i < half ? i : i - half) + 1;
  // Subtracting the entry that joins the halves makes the matrix a sum of two independent halves and a matrix
  // of rank one.
  const double joint = t.beside[half - 1];
  t.diagonal[half - 1] -= std::abs(joint);
  t.diagonal[half] -= std::abs(joint);
  parallel_for(threads, 2, [&](std::size_t part, std::size_t) {
    const std::size_t begin = part * half;
    divide_and_conquer(part == 0 ? half : n - half, &t.diagonal[begin], t.beside.data() + begin,
                       &all[begin * n + begin], size);
  });
  std::vector<double> work(4 * n + n * n);
  std::vector<int> iwork(4 * n);
  int info = 0;
  dlaed1_(&size, t.diagonal.data(), all.data(), &size, order.data(), &joint, &cut, work.data(), iwork.data(),
          &info);
  check_info(info, "dlaed1");
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; i++) {
    const std::size_t at = static_cast<std::size_t>(order[i] - 1);
    values[i] = t.diagonal[at];
    if (i + k >= n) std::copy_n(&all[at * n], n, vectors + (i + k - n) * n);
  }
  return values;
}

// Turns k eigenvectors of the tridiagonal matrix into those of the matrix that dsytrd reduced to it. The
// workspace that dormtr itself asks for is too small by 65 x 64 (in LAPACK 3.9 and 3.10): with it, dormtr
// silently applies reflectors one by one, at a third of the speed.
void back_transform(std::size_t n, std::size_t k, const double* reduced, const double* reflectors,
                    double* vectors) {
  const int size = blas_int(n), columns = blas_int(k), room = blas_int(64 * k + 65 * 64);
  std::vector<double> work(static_cast<std::size_t>(room));
  int info = 0;
  dormtr_("L", "L", "N", &size, &columns, reduced, &size, reflectors, vectors, &size, work.data(), &room,
          &info);
  check_info(info, "dormtr");
}

CBLAS_TRANSPOSE cblas(Transpose t) {
  return t == Transpose::kYes ? CblasTrans : CblasNoTrans;
}

}  // namespace

const char* blas_kernels() {
  return openblas_get_corename();
}

void gemm(Transpose ta, Transpose tb, GemmShape shape, double alpha, const double* a, std::size_t lda,
          const double* b, std::size_t ldb, double beta, double* c, std::size_t ldc) {
  hold_to_one_thread();
  cblas_dgemm(CblasRowMajor, cblas(ta), cblas(tb), blas_int(shape.m), blas_int(shape.n), blas_int(shape.k),
              alpha, a, blas_int(lda), b, blas_int(ldb), beta, c, blas_int(ldc));
}

void gram_upper(std::size_t n, std::size_t d, const double* a, std::size_t lda, double* c, std::size_t ldc) {
  hold_to_one_thread();
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, blas_int(d), blas_int(n), 1.0, a, blas_int(lda), 0.0, c,
              blas_int(ldc));
}

void row_gram_upper(std::size_t n, std::size_t d, const double* a, std::size_t lda, double* c,
                    std::size_t ldc) {
  hold_to_one_thread();
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, blas_int(n), blas_int(d), 1.0, a, blas_int(lda), 0.0,
              c, blas_int(ldc));
}

std::vector<double> symmetric_eigen_largest(std::size_t n, std::size_t k, double* a, std::size_t threads) {
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
  with_workspace("dsytrd", [&](double* work, const int* room, int* info) {
    dsytrd_("L", &size, a, &size, t.diagonal.data(), t.beside.data(), reflectors.data(), work, room, info);
  });
  std::vector<double> vectors(k * n);
  const bool divide = kDivideShare * k > n;
  std::vector<double> values =
      (divide ? eigen_by_division : eigen_by_representations)(std::move(t), k, vectors.data(), threads);
  back_transform(n, k, a, reflectors.data(), vectors.data());
  std::copy(vectors.begin(), vectors.end(), a + (n - k) * n);
  return values;
}

void orthonormalize_rows(std::size_t k, std::size_t d, double* rows) {
  if (k == 0) return;
  hold_to_one_thread();
  const int length = blas_int(d);
  const int count = blas_int(k);
  std::vector<double> tau(k);
  with_workspace("dgeqrf", [&](double* work, const int* room, int* info) {
    dgeqrf_(&length, &count, rows, &length, tau.data(), work, room, info);
  });
  with_workspace("dorgqr", [&](double* work, const int* room, int* info) {
    dorgqr_(&length, &count, &count, rows, &length, tau.data(), work, room, info);
  });
}

}  // namespace god
