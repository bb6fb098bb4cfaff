#include "blas.hpp"

#include <cblas.h>

#include <mutex>
#include <stdexcept>
#include <string>

extern "C" void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda,
                        double* w, double* work, const int* lwork, int* iwork, const int* liwork, int* info);

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

CBLAS_TRANSPOSE cblas(Transpose t) {
  return t == Transpose::kYes ? CblasTrans : CblasNoTrans;
}

}  // namespace

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
  if (info != 0) {
    throw std::runtime_error("the symmetric eigenvalue problem did not converge (LAPACK dsyevd, info " +
                             std::to_string(info) + ")");
  }
  return values;
}

}  // namespace god
