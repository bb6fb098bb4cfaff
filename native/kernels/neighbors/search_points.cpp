#include "neighbors/search_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kBlockRows = 512;
constexpr std::size_t kCenterSample = 4096;
// Sums of squares of values in this range stay far from float32's limits for any practical number of columns.
constexpr float kLargestPlain = 0x1p40f;
constexpr float kSmallestPlain = 0x1p-4f;
constexpr std::size_t kReadAhead = 16;

// Units are powers of 2^16, so that few queries need a different unit from the others.
double unit_for(float largest) {
  if (largest == 0 || (largest >= kSmallestPlain && largest <= kLargestPlain)) return 1;
  return std::exp2(std::floor(std::ilogb(largest) / 16.0) * 16);
}

float largest_magnitude(ConstMatrix32 x, std::size_t threads) {
  std::vector<float> largest((x.rows + kBlockRows - 1) / kBlockRows + 1, 0.0f);
  parallel_rows(threads, x.rows, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  float m = 0;
                  for (const float* p = x.row(begin); p != x.row(end); p++) m = std::max(m, std::abs(*p));
                  largest[block] = m;
                });
  return *std::max_element(largest.begin(), largest.end());
}

bool has_zero_row(ConstMatrix32 x) {
  for (std::size_t i = 0; i < x.rows; i++) {
    if (std::all_of(x.row(i), x.row(i) + x.cols, [](float v) { return v == 0; })) return true;
  }
  return false;
}

std::vector<float> middle(ConstMatrix32 x, double unit) {
  std::vector<double> sum(x.cols, 0.0);
  const std::size_t step = std::max<std::size_t>(1, x.rows / kCenterSample);
  std::size_t count = 0;
  for (std::size_t i = 0; i < x.rows; i += step, count++) {
    for (std::size_t k = 0; k < x.cols; k++) sum[k] += x.row(i)[k] / unit;
  }
  std::vector<float> center(x.cols);
  for (std::size_t k = 0; k < x.cols; k++)
    center[k] = static_cast<float>(sum[k] / static_cast<double>(count));
  return center;
}

}  // namespace

std::vector<std::vector<std::uint32_t>> queries_by_unit(ConstMatrix32 points, ConstMatrix32 queries,
                                                        std::size_t threads) {
  const float least = largest_magnitude(points, threads);
  // unit_for never decreases, so comparing the extremes is enough.
  if (unit_for(least) == unit_for(std::max(least, largest_magnitude(queries, threads)))) return {};
  std::map<double, std::vector<std::uint32_t>> rows;
  for (std::size_t i = 0; i < queries.rows; i++) {
    const float largest = largest_magnitude({queries.row(i), 1, queries.cols}, 1);
    rows[unit_for(std::max(least, largest))].push_back(static_cast<std::uint32_t>(i));
  }
  std::vector<std::vector<std::uint32_t>> sets;
  for (auto& [unit, set] : rows) sets.push_back(std::move(set));
  return sets;
}

SearchFrame::SearchFrame(ConstMatrix32 points, ConstMatrix32 queries, Metric m, std::size_t threads)
    : metric(m), cols(points.cols) {
  unit = unit_for(std::max(largest_magnitude(points, threads), largest_magnitude(queries, threads)));
  if (metric == Metric::kCosine) {
    cols += has_zero_row(points) || has_zero_row(queries) ? 1 : 0;
    center.assign(cols, 0.0f);
  } else {
    center = middle(points, unit);
  }
}

SearchPoints::SearchPoints(ConstMatrix32 x, const SearchFrame& frame, std::size_t threads)
    : rows(x.rows),
      cols(frame.cols),
      stride(std::max<std::size_t>(16, (frame.cols + 15) / 16 * 16)),
      centered(x.rows * stride, 0.0f),
      exact_norms(x.rows),
      norms(x.rows + kReadAhead, std::numeric_limits<float>::infinity()),
      exact(x.data),
      exact_stride(x.cols),
      exact_cols(frame.cols),
      unit(frame.unit) {
  const bool plain = frame.metric == Metric::kEuclidean && frame.unit == 1;
  if (!plain) {
    scaled_.resize(rows * cols);
    exact = scaled_.data();
    exact_stride = cols;
  }
  parallel_rows(threads, rows, kBlockRows, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    for (std::size_t i = begin; i < end; i++) {
      if (!plain) scale_row(x.row(i), x.cols, frame, &scaled_[i * cols]);
      float* out = &centered[i * stride];
      double norm = 0;
      for (std::size_t k = 0; k < cols; k++) {
        out[k] = exact_row(i)[k] - frame.center[k];
        norm += static_cast<double>(out[k]) * out[k];
      }
      exact_norms[i] = norm;
      norms[i] = static_cast<float>(norm);
    }
  });
}

void SearchPoints::scale_row(const float* x, std::size_t d, const SearchFrame& frame, float* out) const {
  if (frame.metric == Metric::kEuclidean) {
    for (std::size_t k = 0; k < d; k++) out[k] = static_cast<float>(x[k] / frame.unit);
    return;
  }
  double norm = 0;
  for (std::size_t k = 0; k < d; k++) norm += static_cast<double>(x[k]) * x[k];
  const double length = std::sqrt(norm);
  for (std::size_t k = 0; k < d; k++) out[k] = length > 0 ? static_cast<float>(x[k] / length) : 0.0f;
  // An extra direction, orthogonal to all others, gives rows of zeros cosine 1 with each other and 0 with all
  // other rows.
  if (frame.cols > d) out[d] = length > 0 ? 0.0f : 1.0f;
}

}  // namespace god
