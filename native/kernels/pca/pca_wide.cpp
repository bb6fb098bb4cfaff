#include "pca/pca_wide.hpp"

#include <algorithm>
#include <cmath>

#include "base/blas.hpp"
#include "base/ordered_sum.hpp"
#include "base/parallel.hpp"
#include "base/symmetric_eigen.hpp"
#include "pca/pca_write.hpp"

namespace god {
namespace {

// Eigenvalues below this fraction of the largest are rounding errors, and their eigenvectors are arbitrary.
constexpr double kNull = 1e-13;

// A block of this many columns of n rows, in float64, stays in the second-level cache.
std::size_t block_cols(std::size_t rows) {
  return std::clamp<std::size_t>((std::size_t{1} << 17) / rows, 16, 1024);
}

// Copies a block of columns of x in float64, centered and, if deviations are requested, scaled: n x (end -
// begin), row-major. Writes the means and standard deviations to `fitted`.
void center_columns(ConstMatrix32 x, std::size_t begin, std::size_t end, const PcaOutputs& fitted,
                    std::vector<double>& out) {
  double* mean = fitted.mean;
  const std::size_t width = end - begin;
  out.resize(x.rows * width);
  std::fill(mean + begin, mean + end, 0.0);
  for (std::size_t i = 0; i < x.rows; i++) {
    for (std::size_t j = 0; j < width; j++) {
      out[i * width + j] = static_cast<double>(x.row(i)[begin + j]);
      mean[begin + j] += out[i * width + j];
    }
  }
  for (std::size_t j = begin; j < end; j++) mean[j] /= static_cast<double>(x.rows);
  for (std::size_t i = 0; i < x.rows; i++) {
    for (std::size_t j = 0; j < width; j++) out[i * width + j] -= mean[begin + j];
  }
  if (fitted.deviation == nullptr) return;
  for (std::size_t j = 0; j < width; j++) {
    double squares = 0;
    for (std::size_t i = 0; i < x.rows; i++) squares += out[i * width + j] * out[i * width + j];
    const double deviation = fitted.deviation[begin + j] = standard_deviation(squares, x.rows);
    if (deviation == 0) continue;
    for (std::size_t i = 0; i < x.rows; i++) out[i * width + j] /= deviation;
  }
}

// The upper triangle of (x - mean)(x - mean)^T. Also writes the means and standard deviations.
std::vector<double> row_gram(ConstMatrix32 x, const PcaOutputs& fitted, Run run) {
  const std::size_t n = x.rows;
  const std::size_t cols = block_cols(n);
  const std::size_t blocks = (x.cols + cols - 1) / cols;
  struct Scratch {
    std::vector<double> centered, gram;
  };
  std::vector<Scratch> scratch(run.threads);
  std::vector<double> total(n * n, 0.0);
  ordered_blocks(
      run.threads, blocks,
      [&](std::size_t block, std::size_t worker) {
        run.monitor.check();
        Scratch& s = scratch[worker];
        s.gram.resize(n * n);
        const std::size_t begin = block * cols;
        const std::size_t end = std::min(x.cols, begin + cols);
        center_columns(x, begin, end, fitted, s.centered);
        row_gram_upper(n, end - begin, s.centered.data(), end - begin, s.gram.data(), n);
      },
      [&](std::size_t block, std::size_t worker) {
        const std::vector<double>& gram = scratch[worker].gram;
        for (std::size_t i = 0; i < n; i++) {
          for (std::size_t j = i; j < n; j++) total[i * n + j] += gram[i * n + j];
        }
        run.monitor.progress(0.5 * static_cast<double>(block + 1) / static_cast<double>(blocks));
      });
  return total;
}

// out (k x d) = u (k x n) times the centered rows.
void rows_through(const double* u, std::size_t k, ConstMatrix32 x, const PcaOutputs& fitted, Run run,
                  double* out) {
  std::vector<std::vector<double>> scratch(run.threads);
  parallel_rows(run.threads, x.cols, block_cols(x.rows),
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  run.monitor.check();
                  const std::size_t width = end - begin;
                  center_columns(x, begin, end, fitted, scratch[worker]);
                  gemm(Transpose::kNo, Transpose::kNo, {k, width, x.rows}, 1.0, u, x.rows,
                       scratch[worker].data(), width, 0.0, out + begin, x.cols);
                });
}

}  // namespace

void pca_fit_wide(ConstMatrix32 x, Run run, PcaOutputs out) {
  const std::size_t n = x.rows;
  const std::size_t d = x.cols;
  const std::size_t k = out.components.rows;
  check_finite(x, "X", run.threads);
  std::vector<double> gram = row_gram(x, out, run);
  const double unit = scale_to_one(n, gram.data());
  const std::vector<double> values = symmetric_eigen_largest(n, k, gram.data(), run.threads);
  run.monitor.check();
  run.monitor.progress(0.7);
  write_variances(values, n, unit / static_cast<double>(std::max<std::size_t>(n - 1, 1)),
                  out.explained_variance);

  std::vector<double> u(k * n, 0.0);  // descending; rows without variance stay zero
  for (std::size_t i = 0; i < k; i++) {
    const double value = values[n - 1 - i];
    if (value <= values[n - 1] * kNull) break;
    const double norm = std::sqrt(value * unit);
    for (std::size_t r = 0; r < n; r++) u[i * n + r] = gram[(n - 1 - i) * n + r] / norm;
  }
  std::vector<double> components(k * d);
  rows_through(u.data(), k, x, out, run, components.data());
  orthonormalize_rows(k, d, components.data());
  for (std::size_t i = 0; i < k; i++) write_component(&components[i * d], d, out.components.row(i));
}

}  // namespace god
