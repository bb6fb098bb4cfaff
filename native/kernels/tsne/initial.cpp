#include "tsne/initial.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "pca/pca.hpp"

namespace god {
namespace {

constexpr double kDeviation = 1e-4;
// Keeps these numbers independent of other uses of the same seed.
constexpr std::uint64_t kRandomStream = 0x74534E45;
// With larger values, or ones below 1 / kLargest, squares in PCA could leave the range of float32. Only
// directions matter here, so such data is scaled first.
constexpr float kLargest = 1e12f;

void fill_random(std::uint64_t seed, std::size_t column, Matrix32 layout) {
  const RandomStream random(seed, kRandomStream);
  for (std::size_t i = 0; i < layout.rows; i++) {
    layout.row(i)[column] = static_cast<float>(kDeviation * random.normal(i * layout.cols + column));
  }
}

double deviation(ConstMatrix32 x, std::size_t column) {
  double sum = 0;
  for (std::size_t i = 0; i < x.rows; i++) sum += static_cast<double>(x.row(i)[column]) * x.row(i)[column];
  return std::sqrt(sum / static_cast<double>(x.rows));
}

// Writes the principal components of x into the first columns of the layout, as many as x has. Returns that
// number.
std::size_t project(ConstMatrix32 x, Run run, Matrix32 layout) {
  const std::size_t rank = std::min(x.rows, x.cols);
  const std::size_t k = std::min(rank, layout.cols);
  std::vector<double> mean(x.cols), variance(rank), scale(k, 1.0);
  std::vector<float> loadings(k * x.cols), scores(x.rows * k);
  const Matrix32 components{loadings.data(), k, x.cols};
  pca_fit(x, run, {mean.data(), components, variance.data()});
  pca_transform(x, mean.data(), components, scale.data(), run, {scores.data(), x.rows, k});
  for (std::size_t i = 0; i < x.rows; i++) std::copy_n(&scores[i * k], k, layout.row(i));
  return k;
}

}  // namespace

void initial_layout_random(std::uint64_t seed, Matrix32 layout) {
  for (std::size_t c = 0; c < layout.cols; c++) fill_random(seed, c, layout);
}

void initial_layout_pca(ConstMatrix32 x, std::uint64_t seed, Run run, Matrix32 layout) {
  float largest = 0;
  for (const float* p = x.data; p != x.data + x.size(); p++) largest = std::max(largest, std::abs(*p));
  std::vector<float> scaled;
  if (largest > kLargest || (largest > 0 && largest < 1 / kLargest)) {
    scaled.assign(x.data, x.data + x.size());
    for (float& v : scaled) v /= largest;
    x.data = scaled.data();
  }
  const std::size_t found = x.cols == 0 ? 0 : project(x, run, layout);
  const double spread = found == 0 ? 0 : deviation(layout, 0);
  for (std::size_t c = 0; c < layout.cols; c++) {
    if (c >= found || !(deviation(layout, c) > 1e-6 * spread)) {
      fill_random(seed, c, layout);
      continue;
    }
    for (std::size_t i = 0; i < layout.rows; i++) {
      layout.row(i)[c] = static_cast<float>(layout.row(i)[c] * (kDeviation / spread));
    }
  }
}

}  // namespace god
