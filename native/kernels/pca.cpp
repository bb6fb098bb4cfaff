#include "pca.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "blas.hpp"
#include "ordered_sum.hpp"
#include "parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kProvisionalRows = 1024;
constexpr std::size_t kMeanRows =
    64;  // rows whose column sums are taken in float32 before float64 takes over

// Rows of a block: large enough for the matrix product to run at full speed, small enough for the
// second-level cache.
std::size_t block_rows(std::size_t cols) {
  return cols <= 160 ? 2048 : 1024;
}

std::vector<float> provisional_mean(ConstMatrix32 x) {
  const std::size_t n = std::min(x.rows, kProvisionalRows);
  std::vector<double> sum(x.cols, 0.0);
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < x.cols; j++) sum[j] += static_cast<double>(x.row(i)[j]);
  }
  std::vector<float> mean(x.cols);
  for (std::size_t j = 0; j < x.cols; j++) mean[j] = static_cast<float>(sum[j] / static_cast<double>(n));
  return mean;
}

// out = rows [begin, end) of x minus `shift`.
void centre_rows(ConstMatrix32 x, std::size_t begin, std::size_t end, const float* shift, float* out) {
  for (std::size_t i = begin; i < end; i++, out += x.cols) {
    const float* row = x.row(i);
    for (std::size_t j = 0; j < x.cols; j++) out[j] = row[j] - shift[j];
  }
}

void add_column_sums(const float* rows, std::size_t n, std::size_t d, std::vector<float>& partial,
                     double* sum) {
  for (std::size_t i = 0; i < n; i += kMeanRows) {
    std::fill(partial.begin(), partial.end(), 0.0F);
    for (std::size_t r = i; r < std::min(n, i + kMeanRows); r++) {
      for (std::size_t j = 0; j < d; j++) partial[j] += rows[r * d + j];
    }
    for (std::size_t j = 0; j < d; j++) sum[j] += static_cast<double>(partial[j]);
  }
}

// The sums are finite unless a value was not, or its square overflowed.
void check_moments(ConstMatrix32 x, const std::vector<double>& mean, const std::vector<double>& scatter,
                   std::size_t threads) {
  double zero = 0;
  for (double value : mean) zero += value * 0;
  for (double value : scatter) zero += value * 0;
  if (zero == 0) return;
  check_finite(x, "X", threads);
  throw std::invalid_argument(
      "Expected `X` to hold numbers whose squares fit into float32 but they overflow: scale it");
}

struct BlockScratch {
  std::vector<float> centred, gram, partial;
  std::vector<double> sum;
};

// The rows' sum and scatter about `shift`, of the d x d upper triangle.
struct Sums {
  std::vector<double> sum, scatter;
};

Sums sums_about(ConstMatrix32 x, const float* shift, std::size_t threads, const Monitor& monitor) {
  const std::size_t d = x.cols;
  const std::size_t rows = block_rows(d);
  Sums total{std::vector<double>(d, 0.0), std::vector<double>(d * d, 0.0)};
  std::vector<BlockScratch> scratch(std::max<std::size_t>(threads, 1));
  const auto compute = [&](std::size_t block, std::size_t worker) {
    monitor.check();
    BlockScratch& s = scratch[worker];
    if (s.gram.empty())
      s = {std::vector<float>(rows * d), std::vector<float>(d * d), std::vector<float>(d),
           std::vector<double>(d)};
    const std::size_t begin = block * rows;
    const std::size_t end = std::min(x.rows, begin + rows);
    centre_rows(x, begin, end, shift, s.centred.data());
    std::fill(s.sum.begin(), s.sum.end(), 0.0);
    add_column_sums(s.centred.data(), end - begin, d, s.partial, s.sum.data());
    gram_upper(end - begin, d, s.centred.data(), d, s.gram.data(), d);
  };
  const auto add = [&](std::size_t, std::size_t worker) {
    const BlockScratch& s = scratch[worker];
    for (std::size_t j = 0; j < d; j++) total.sum[j] += s.sum[j];
    for (std::size_t i = 0; i < d; i++) {
      const float* from = &s.gram[i * d];
      double* to = &total.scatter[i * d];
      for (std::size_t j = i; j < d; j++) to[j] += static_cast<double>(from[j]);
    }
  };
  ordered_blocks(threads, (x.rows + rows - 1) / rows, compute, add);
  return total;
}

// Makes the entry of largest magnitude positive (the first of several), so that a fit does not depend on
// LAPACK's choice.
void write_component(const double* vector, std::size_t d, float* out) {
  std::size_t largest = 0;
  for (std::size_t j = 1; j < d; j++) {
    if (std::abs(vector[j]) > std::abs(vector[largest])) largest = j;
  }
  const double sign = vector[largest] < 0 ? -1.0 : 1.0;
  for (std::size_t j = 0; j < d; j++) out[j] = static_cast<float>(sign * vector[j]);
}

void fit_by_covariance(ConstMatrix32 x, std::size_t threads, Monitor& monitor, PcaOutputs out) {
  const std::size_t d = x.cols;
  Moments m = moments(x, threads, monitor);
  monitor.progress(0.8);
  std::copy(m.mean.begin(), m.mean.end(), out.mean);
  const double denominator = static_cast<double>(std::max<std::size_t>(m.count - 1, 1));
  const std::vector<double> values = symmetric_eigen(d, m.scatter.data());
  monitor.check();
  for (std::size_t i = 0; i < d; i++)
    out.explained_variance[i] = std::max(0.0, values[d - 1 - i] / denominator);
  for (std::size_t i = 0; i < out.components.rows; i++) {
    write_component(&m.scatter[(d - 1 - i) * d], d, out.components.row(i));
  }
}

// The n x n upper triangle of (x - mean)(x - mean)^T, summed over blocks of columns.
std::vector<double> row_gram(ConstMatrix32 x, const double* mean, std::size_t threads,
                             const Monitor& monitor) {
  const std::size_t n = x.rows;
  const std::size_t cols = block_rows(n);
  std::vector<double> total(n * n, 0.0);
  std::vector<BlockScratch> scratch(std::max<std::size_t>(threads, 1));
  const auto compute = [&](std::size_t block, std::size_t worker) {
    monitor.check();
    BlockScratch& s = scratch[worker];
    if (s.gram.empty()) s = {std::vector<float>(cols * n), std::vector<float>(n * n), {}, {}};
    const std::size_t begin = block * cols;
    const std::size_t width = std::min(x.cols, begin + cols) - begin;
    for (std::size_t i = 0; i < n; i++) {
      const float* row = x.row(i) + begin;
      for (std::size_t j = 0; j < width; j++)
        s.centred[j * n + i] = static_cast<float>(static_cast<double>(row[j]) - mean[begin + j]);
    }
    gram_upper(width, n, s.centred.data(), n, s.gram.data(), n);
  };
  const auto add = [&](std::size_t, std::size_t worker) {
    const std::vector<float>& gram = scratch[worker].gram;
    for (std::size_t i = 0; i < n; i++) {
      for (std::size_t j = i; j < n; j++) total[i * n + j] += static_cast<double>(gram[i * n + j]);
    }
  };
  ordered_blocks(threads, (x.cols + cols - 1) / cols, compute, add);
  return total;
}

// Orthonormalises `vector` against `rows` found so far, twice for numerical safety; false when nothing is
// left of it.
bool orthonormalise(const std::vector<std::vector<double>>& rows, std::vector<double>& vector) {
  for (int pass = 0; pass < 2; pass++) {
    for (const std::vector<double>& row : rows) {
      double dot = 0;
      for (std::size_t j = 0; j < row.size(); j++) dot += row[j] * vector[j];
      for (std::size_t j = 0; j < row.size(); j++) vector[j] -= dot * row[j];
    }
  }
  double norm = 0;
  for (double value : vector) norm += value * value;
  if (norm < 1e-8) return false;
  for (double& value : vector) value /= std::sqrt(norm);
  return true;
}

// A direction of no variance: the first unit vector that `rows` do not span.
std::vector<double> complement(const std::vector<std::vector<double>>& rows, std::size_t d) {
  for (std::size_t axis = 0; axis < d; axis++) {
    std::vector<double> unit(d, 0.0);
    unit[axis] = 1;
    if (orthonormalise(rows, unit)) return unit;
  }
  throw std::logic_error("more orthonormal rows than columns");
}

// Component i is (x - mean)^T u_i / |...| for the eigenvector u_i of the Gram matrix.
void fit_by_gram(ConstMatrix32 x, std::size_t threads, Monitor& monitor, PcaOutputs out) {
  const std::size_t n = x.rows;
  const std::size_t d = x.cols;
  std::fill(out.mean, out.mean + d, 0.0);
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < d; j++)
      out.mean[j] += static_cast<double>(x.row(i)[j]) / static_cast<double>(n);
  }
  std::vector<double> gram = row_gram(x, out.mean, threads, monitor);
  check_moments(x, {}, gram, threads);
  monitor.progress(0.6);
  const std::vector<double> values = symmetric_eigen(n, gram.data());
  const double denominator = static_cast<double>(std::max<std::size_t>(n - 1, 1));
  for (std::size_t i = 0; i < n; i++)
    out.explained_variance[i] = std::max(0.0, values[n - 1 - i] / denominator);
  // float32 products leave noise of about 1e-7 of the largest eigenvalue in the null space, and its vectors
  // are arbitrary.
  const double null = values[n - 1] * 1e-6;
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < out.components.rows; i++) {
    monitor.check();
    const double* u = &gram[(n - 1 - i) * n];
    std::vector<double> v(d, 0.0);
    if (values[n - 1 - i] > null) {
      for (std::size_t r = 0; r < n; r++) {
        for (std::size_t j = 0; j < d; j++) v[j] += u[r] * (static_cast<double>(x.row(r)[j]) - out.mean[j]);
      }
      const double norm = std::sqrt(values[n - 1 - i]);
      for (double& value : v) value /= norm;
    }
    if (!orthonormalise(rows, v)) v = complement(rows, d);
    write_component(v.data(), d, out.components.row(i));
    rows.push_back(std::move(v));
  }
}

}  // namespace

Moments moments(ConstMatrix32 x, std::size_t threads, const Monitor& monitor) {
  threads = resolve_threads(threads);
  const std::size_t d = x.cols;
  const std::vector<float> shift = provisional_mean(x);
  Sums sums = sums_about(x, shift.data(), threads, monitor);
  check_moments(x, sums.sum, sums.scatter, threads);
  const double n = static_cast<double>(x.rows);
  Moments m{x.rows, std::vector<double>(d), std::move(sums.scatter)};
  for (std::size_t j = 0; j < d; j++) m.mean[j] = static_cast<double>(shift[j]) + sums.sum[j] / n;
  for (std::size_t i = 0; i < d; i++) {
    for (std::size_t j = i; j < d; j++) m.scatter[i * d + j] -= sums.sum[i] * sums.sum[j] / n;
  }
  return m;
}

Moments merge(const Moments& a, const Moments& b) {
  if (a.mean.size() != b.mean.size()) throw std::invalid_argument("moments of different numbers of columns");
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const std::size_t d = a.mean.size();
  const double share = static_cast<double>(b.count) / static_cast<double>(a.count + b.count);
  Moments m{a.count + b.count, std::vector<double>(d), std::vector<double>(d * d, 0.0)};
  std::vector<double> delta(d);
  for (std::size_t j = 0; j < d; j++) {
    delta[j] = b.mean[j] - a.mean[j];
    m.mean[j] = a.mean[j] + delta[j] * share;
  }
  const double weight = static_cast<double>(a.count) * share;
  for (std::size_t i = 0; i < d; i++) {
    for (std::size_t j = i; j < d; j++) {
      m.scatter[i * d + j] = a.scatter[i * d + j] + b.scatter[i * d + j] + weight * delta[i] * delta[j];
    }
  }
  return m;
}

void pca_fit(ConstMatrix32 x, std::size_t threads, Monitor& monitor, PcaOutputs out) {
  if (x.rows == 0 || x.cols == 0)
    throw std::invalid_argument("Expected `X` to have at least one row and one column");
  if (out.components.rows > std::min(x.rows, x.cols) || out.components.cols != x.cols) {
    throw std::invalid_argument("components do not fit the matrix");
  }
  threads = resolve_threads(threads);
  if (x.cols > x.rows) {
    fit_by_gram(x, threads, monitor, out);
  } else {
    fit_by_covariance(x, threads, monitor, out);
  }
  monitor.progress(1);
}

void pca_transform(ConstMatrix32 x, const double* mean, ConstMatrix32 components, const double* scale,
                   std::size_t threads, Monitor& monitor, Matrix32 z) {
  threads = resolve_threads(threads);
  const std::size_t d = components.cols;
  const std::size_t k = components.rows;
  const std::size_t rows = block_rows(d);
  // (x - mean) w = (x - shift) w - (mean - shift) w, where shift is the mean rounded to float32.
  std::vector<float> shift(mean, mean + d);
  std::vector<float> weights(k * d);
  std::vector<float> offset(k);
  for (std::size_t i = 0; i < k; i++) {
    double sum = 0;
    for (std::size_t j = 0; j < d; j++) {
      const double w = static_cast<double>(components.row(i)[j]) / scale[i];
      weights[i * d + j] = static_cast<float>(w);
      sum += w * (mean[j] - static_cast<double>(shift[j]));
    }
    offset[i] = static_cast<float>(-sum);
  }
  std::vector<std::vector<float>> centred(threads);
  parallel_rows(threads, x.rows, rows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  monitor.check();
                  std::vector<float>& block = centred[worker];
                  block.resize(rows * d);
                  centre_rows(x, begin, end, shift.data(), block.data());
                  for (std::size_t i = begin; i < end; i++) std::copy(offset.begin(), offset.end(), z.row(i));
                  gemm(Transpose::kNo, Transpose::kYes, {end - begin, k, d}, 1.0F, block.data(), d,
                       weights.data(), d, 1.0F, z.row(begin), k);
                });
  check_finite(x, "X", threads);
}

void pca_inverse_transform(ConstMatrix32 z, const double* mean, ConstMatrix32 components, const double* scale,
                           std::size_t threads, Monitor& monitor, Matrix32 x) {
  threads = resolve_threads(threads);
  const std::size_t d = components.cols;
  const std::size_t k = components.rows;
  std::vector<float> weights(k * d);
  for (std::size_t i = 0; i < k; i++) {
    for (std::size_t j = 0; j < d; j++) {
      weights[i * d + j] = static_cast<float>(static_cast<double>(components.row(i)[j]) * scale[i]);
    }
  }
  check_finite(z, "Z", threads);
  parallel_rows(threads, z.rows, block_rows(d),
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  monitor.check();
                  for (std::size_t i = begin; i < end; i++) {
                    for (std::size_t j = 0; j < d; j++) x.row(i)[j] = static_cast<float>(mean[j]);
                  }
                  gemm(Transpose::kNo, Transpose::kNo, {end - begin, d, k}, 1.0F, z.row(begin), k,
                       weights.data(), d, 1.0F, x.row(begin), d);
                });
}

}  // namespace god
