#include "base/blas.hpp"

#include <cblas.h>

#include <mutex>
#include <stdexcept>
#include <string>

#include "base/lapack.hpp"

extern "C" void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work,
                        const int* lwork, int* info);
extern "C" void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda,
                        const double* tau, double* work, const int* lwork, int* info);

namespace god {
namespace {

CBLAS_TRANSPOSE cblas(Transpose t) {
  return t == Transpose::kYes ? CblasTrans : CblasNoTrans;
}

}  // namespace

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
