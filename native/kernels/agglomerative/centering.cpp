#include "agglomerative/centering.hpp"

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"

namespace god {
namespace {

// The median of up to 255 evenly spaced values of a column.
double middle_of_column(ConstMatrix32 x, std::size_t column) {
  constexpr std::size_t kSample = 255;
  const std::size_t count = std::min(kSample, x.rows);
  std::vector<float> sample(count);
  for (std::size_t i = 0; i < count; i++) sample[i] = x.row(i * x.rows / count)[column];
  const auto middle = sample.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(sample.begin(), middle, sample.end());
  return *middle;
}

}  // namespace

Centering::Centering(ConstMatrix32 x, std::size_t threads) : middle(x.cols, 0.0) {
  if (x.rows == 0) return;
  constexpr std::size_t kBlockRows = 4096;
  for (std::size_t k = 0; k < x.cols; k++) middle[k] = middle_of_column(x, k);
  std::vector<double> largest_of_block((x.rows + kBlockRows - 1) / kBlockRows, 0.0);
  parallel_rows(threads, x.rows, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  double largest = 0;
                  for (std::size_t i = begin; i < end; i++) {
                    for (std::size_t k = 0; k < x.cols; k++) {
                      largest = std::max(largest, std::fabs(x.row(i)[k] - middle[k]));
                    }
                  }
                  largest_of_block[block] = largest;
                });
  const double largest = *std::max_element(largest_of_block.begin(), largest_of_block.end());
  if (largest == 0) return;
  int exponent;
  std::frexp(largest, &exponent);
  unit = std::ldexp(1.0, exponent);
}

}  // namespace god
