#include "blas.hpp"

#include <cblas.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <string>

#include "parallel.hpp"

extern "C" void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda,
                        double* w, double* work, const int* lwork, int* iwork, const int* liwork, int* info);
extern "C" void dsytrd_(const char* uplo, const int* n, double* a, const int* lda, double* d, double* e,
                        double* tau, double* work, const int* lwork, int* info);
extern "C" void dsterf_(const int* n, double* d, double* e, int* info);
extern "C" void dstemr_(const char* jobz, const char* range, const int* n, double* d, double* e,
                        const double* vl, const double* vu, const int* il, const int* iu, int* m, double* w,
                        double* z, const int* ldz, const int* nzc, int* isuppz, int* tryrac, double* work,
                        const int* lwork, int* iwork, const int* liwork, int* info);
extern "C" void dormtr_(const char* side, const char* uplo, const char* trans, const int* m, const int* n,
                        const double* a, const int* lda, const double* tau, double* c, const int* ldc,
                        double* work, const int* lwork, int* info);
extern "C" void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work,
                        const int* lwork, int* info);
extern "C" void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda,
                        const double* tau, double* work, const int* lwork, int* info);

namespace god {
namespace {

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

// Runs a LAPACK routine twice: call(work, size, info) first with size -1, which asks how much room it wants.
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

// Unit eigenvectors of the k largest eigenvalues, ascending, one after the other. Spoils its input.
void tridiagonal_vectors(int n, int k, std::vector<double>& diagonal, std::vector<double>& off_diagonal,
                         double* vectors) {
  if (k == 0) return;
  const int first = n - k + 1, doubles = 18 * n, integers = 10 * n;
  const double unused = 0;
  std::vector<double> found(static_cast<std::size_t>(n)), work(static_cast<std::size_t>(doubles));
  std::vector<int> support(2 * static_cast<std::size_t>(k)), iwork(static_cast<std::size_t>(integers));
  int count = 0, high_accuracy = 1, info = 0;
  dstemr_("V", "I", &n, diagonal.data(), off_diagonal.data(), &unused, &unused, &first, &n, &count,
          found.data(), vectors, &n, &k, support.data(), &high_accuracy, work.data(), &doubles, iwork.data(),
          &integers, &info);
  check_info(info, "dstemr");
}

CBLAS_TRANSPOSE cblas(Transpose t) {
  return t == Transpose::kYes ? CblasTrans : CblasNoTrans;
}

}  // namespace

const char* blas_kernels() {
  return openblas_get_corename();
}

void gemm(Transpose ta, Transpose tb, GemmShape shape, float alpha, const float* a, std::size_t lda,
          const float* b, std::size_t ldb, float beta, float* c, std::size_t ldc) {
  hold_to_one_thread();
  cblas_sgemm(CblasRowMajor, cblas(ta), cblas(tb), blas_int(shape.m), blas_int(shape.n), blas_int(shape.k),
              alpha, a, blas_int(lda), b, blas_int(ldb), beta, c, blas_int(ldc));
}

void gemm(Transpose ta, Transpose tb, GemmShape shape, double alpha, const double* a, std::size_t lda,
          const double* b, std::size_t ldb, double beta, double* c, std::size_t ldc) {
  hold_to_one_thread();
  cblas_dgemm(CblasRowMajor, cblas(ta), cblas(tb), blas_int(shape.m), blas_int(shape.n), blas_int(shape.k),
              alpha, a, blas_int(lda), b, blas_int(ldb), beta, c, blas_int(ldc));
}

void gram_upper(std::size_t n, std::size_t d, const float* a, std::size_t lda, float* c, std::size_t ldc) {
  hold_to_one_thread();
  cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, blas_int(d), blas_int(n), 1.0F, a, blas_int(lda), 0.0F,
              c, blas_int(ldc));
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

std::vector<double> symmetric_eigen(std::size_t n, double* a) {
  hold_to_one_thread();
  std::vector<double> values(n);
  if (n == 0) return values;
  // LAPACK is column-major: our upper triangle is its lower one, and its columns of eigenvectors are our
  // rows.
  const int size = blas_int(n);
  int info = 0;
  int integers_wanted = 0;
  double doubles_wanted = 0;
  const int query = -1;
  dsyevd_("V", "L", &size, a, &size, values.data(), &doubles_wanted, &query, &integers_wanted, &query, &info);
  const int doubles = static_cast<int>(doubles_wanted);
  std::vector<double> work(static_cast<std::size_t>(doubles));
  std::vector<int> iwork(static_cast<std::size_t>(integers_wanted));
  dsyevd_("V", "L", &size, a, &size, values.data(), work.data(), &doubles, iwork.data(), &integers_wanted,
          &info);
  check_info(info, "dsyevd");
  return values;
}

std::vector<double> symmetric_eigen_largest(std::size_t n, std::size_t k, double* a, std::size_t threads) {
  if (2 * k >= n) return symmetric_eigen(n, a);
  hold_to_one_thread();
  const int size = blas_int(n);
  std::vector<double> values(n), beside(n), reflectors(n);
  with_workspace("dsytrd", [&](double* work, const int* room, int* info) {
    dsytrd_("L", &size, a, &size, values.data(), beside.data(), reflectors.data(), work, room, info);
  });
  // Eigenvectors and eigenvalues of the tridiagonal matrix are found side by side.
  std::vector<double> vectors(k * n), diagonal = values, off_diagonal = beside;
  parallel_for(threads, 2, [&](std::size_t part, std::size_t) {
    if (part == 0) {
      tridiagonal_vectors(size, static_cast<int>(k), diagonal, off_diagonal, vectors.data());
    } else {
      int info = 0;
      dsterf_(&size, values.data(), beside.data(), &info);
      check_info(info, "dsterf");
    }
  });
  const int columns = static_cast<int>(k);
  with_workspace("dormtr", [&](double* work, const int* room, int* status) {
    dormtr_("L", "L", "N", &size, &columns, a, &size, reflectors.data(), vectors.data(), &size, work, room,
            status);
  });
  std::copy(vectors.begin(), vectors.end(), a + (n - k) * n);
  return values;
}

void orthonormalise_rows(std::size_t k, std::size_t d, double* rows) {
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
