#include "pca/pca.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/large_pages.hpp"
#include "base/parallel.hpp"
#include "base/products.hpp"
#include "base/symmetric_eigen.hpp"
#include "pca/moments_simd.hpp"
#include "pca/pca_wide.hpp"
#include "pca/pca_write.hpp"

namespace god {
namespace {

void check_shape(ConstMatrix32 x, const PcaOutputs& out) {
  if (x.rows == 0 || x.cols == 0)
    throw std::invalid_argument("Expected `X` to have at least one row and one column");
  if (out.components.rows > std::min(x.rows, x.cols) || out.components.cols != x.cols)
    throw std::invalid_argument("the sizes of components and matrix do not match");
}

// Divides columns by their standard deviations, which are written to `deviation`, and changes the moments
// accordingly.
void scale_columns(Moments& moments, double* deviation) {
  const std::size_t d = moments.mean.size();
  std::vector<double> factor(d);
  for (std::size_t j = 0; j < d; j++) {
    deviation[j] = standard_deviation(moments.scatter[j * d + j], moments.count);
    factor[j] = deviation[j] > 0 ? 1 / deviation[j] : 0;
  }
  for (std::size_t i = 0; i < d; i++) {
    for (std::size_t j = i; j < d; j++) moments.scatter[i * d + j] *= factor[i] * factor[j];
  }
}

// A centered copy of this many rows fits into the second-level cache, together with their projections.
std::size_t transform_block_rows(std::size_t cols) {
  return std::clamp<std::size_t>((std::size_t{1} << 17) / cols, 64, 1024);
}

struct ProjectionScratch {
  std::vector<float> centered;
  PcaSeconds clock;
};

}  // namespace

void pca_fit(ConstMatrix32 x, Run run, PcaOutputs out, PcaSeconds* seconds) {
  check_shape(x, out);
  if (x.cols > x.rows) {
    pca_fit_wide(x, run, out);
  } else {
    Moments moments = no_moments(x.cols);
    add_rows(moments, {{nullptr, 0, x.cols}, x}, run, 0.8, seconds);
    pca_from_moments(std::move(moments), run, out, seconds);
  }
  run.monitor.progress(1);
}

void pca_from_moments(Moments moments, Run run, PcaOutputs out, PcaSeconds* seconds) {
  const std::size_t d = moments.mean.size();
  const std::size_t k = out.components.rows;
  if (moments.count == 0 || d == 0 || k > d || out.components.cols != d)
    throw std::invalid_argument("the sizes of components and moments do not match");
  std::copy(moments.mean.begin(), moments.mean.end(), out.mean);
  if (out.deviation != nullptr) scale_columns(moments, out.deviation);
  double* scatter = moments.scatter.data();
  const double unit = scale_to_one(d, scatter);
  const std::vector<double> values =
      symmetric_eigen_largest(d, k, scatter, run.threads, seconds == nullptr ? nullptr : &seconds->eigen);
  run.monitor.check();
  write_variances(values, std::min(moments.count, d),
                  unit / static_cast<double>(std::max<std::size_t>(moments.count - 1, 1)),
                  out.explained_variance);
  for (std::size_t i = 0; i < k; i++) write_component(&scatter[(d - 1 - i) * d], d, out.components.row(i));
}

void pca_transform(ConstMatrix32 x, const double* mean, ConstMatrix32 components, const double* scale,
                   Run run, Matrix32 z, PcaSeconds* seconds) {
  const Stopwatch whole(seconds, &PcaSeconds::projection);
  const std::size_t d = components.cols;
  const std::size_t k = components.rows;
  const auto center = moments_simd().center;
  const std::size_t rows = transform_block_rows(d);
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
  const PackedMatrix packed(Transpose::kYes, weights.data(), d, d, k);
  std::vector<ProjectionScratch> scratch(run.threads);
  const auto project = [&](std::size_t begin, std::size_t end, ProjectionScratch& own) {
    run.monitor.check();
    PcaSeconds* clock = seconds == nullptr ? nullptr : &own.clock;
    std::vector<float>& centered = own.centered;
    {
      const Stopwatch watch(clock, &PcaSeconds::centering);
      centered.resize(rows * d);
      for (std::size_t i = begin; i < end; i++) center(x.row(i), shift.data(), d, &centered[(i - begin) * d]);
    }
    const Stopwatch watch(clock, &PcaSeconds::products);
    packed.multiply({centered.data(), d, end - begin}, {z.row(begin), k, offset.data()});
    // Values that are not finite make the projections not finite, so checking these, while they are in the
    // cache, is enough.
    check_finite_output({z.row(begin), end - begin, k}, x, "X");
  };
  // Each thread writes whole large pages of the output: if two threads touch the same fresh page at once,
  // both clear it.
  const std::size_t taken =
      rows * std::max<std::size_t>(1, large_page_floats(z.size()) / (rows * std::max<std::size_t>(1, k)));
  parallel_rows(run.threads, x.rows, taken,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  for (std::size_t at = begin; at < end; at += rows)
                    project(at, std::min(end, at + rows), scratch[worker]);
                });
  for (const ProjectionScratch& own : scratch) {
    if (seconds != nullptr) seconds->add(own.clock);
  }
}

void pca_inverse_transform(ConstMatrix32 z, const double* mean, ConstMatrix32 components, const double* scale,
                           Run run, Matrix32 x) {
  const std::size_t d = components.cols;
  const std::size_t k = components.rows;
  const std::vector<float> base(mean, mean + d);
  std::vector<float> weights(k * d);
  for (std::size_t i = 0; i < k; i++) {
    for (std::size_t j = 0; j < d; j++)
      weights[i * d + j] = static_cast<float>(static_cast<double>(components.row(i)[j]) * scale[i]);
  }
  const PackedMatrix packed(Transpose::kNo, weights.data(), d, k, d);
  parallel_rows(run.threads, z.rows, moments_block_rows(d),
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  run.monitor.check();
                  packed.multiply({z.row(begin), k, end - begin}, {x.row(begin), d, base.data()});
                  check_finite_output({x.row(begin), end - begin, d}, z, "Z");
                });
}

}  // namespace god
