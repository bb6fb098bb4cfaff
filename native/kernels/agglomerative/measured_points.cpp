#include "agglomerative/measured_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "agglomerative/centering.hpp"
#include "agglomerative/points_simd.hpp"
#include "agglomerative/prepared_points.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

// Slightly more than 2^-24, to cover the rounding of float64 as well.
constexpr double kUnit = 0x1.00001p-24;
constexpr std::size_t kBlockRows = 256;

float round_up(double value) {
  return std::nextafter(static_cast<float>(value), std::numeric_limits<float>::infinity());
}

template <class A, class B>
double norm_of_difference(Gather gather, std::size_t d, const A* a, const B* b) {
  double sum = 0;
  for (std::size_t k = 0; k < d; k++) {
    const double difference = std::fabs(static_cast<double>(a[k]) - static_cast<double>(b[k]));
    if (gather == Gather::kLargest) {
      sum = std::max(sum, difference);
    } else {
      sum += gather == Gather::kSquares ? difference * difference : difference;
    }
  }
  return gather == Gather::kSquares ? std::sqrt(sum) : sum;
}

}  // namespace

MeasuredPoints::MeasuredPoints(ConstMatrix32 x, PointMetric metric, std::size_t threads)
    : gather_(gather_of(metric)),
      cols_(prepared_columns(x, metric)),
      given_(x.data),
      rounded_(x.rows * cols_),
      norms_(x.rows) {
  const double m = (static_cast<double>(cols_) + 6) * kUnit;
  relative_error_ = m / (1 - m);
  absolute_error_ = static_cast<double>(cols_ + 1) * 0x1.0p-120;
  shift_and_scale(x, metric, threads);
}

void MeasuredPoints::shift_and_scale(ConstMatrix32 x, PointMetric metric, std::size_t threads) {
  const bool cosine = metric == PointMetric::kCosine;
  // Directions have length 1 and need no shift.
  const Centering centering(cosine ? ConstMatrix32{x.data, 0, cols_} : x, threads);
  scale_ = 1 / centering.unit;
  if (cosine) directions_.resize(x.rows * cols_);
  parallel_rows(threads, x.rows, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  std::vector<double> row(cols_);
                  const std::vector<double> origin(cols_, 0.0);
                  for (std::size_t i = begin; i < end; i++) {
                    prepare_row(x, metric, i, cols_, row.data());
                    if (cosine) std::copy(row.begin(), row.end(), directions_.data() + i * cols_);
                    for (std::size_t k = 0; k < cols_; k++) {
                      row[k] = (row[k] - centering.middle[k]) * scale_;
                      rounded_[i * cols_ + k] = static_cast<float>(row[k]);
                    }
                    norms_[i] = norm_of_difference(gather_, cols_, row.data(), origin.data());
                  }
                });
}

double MeasuredPoints::exact(std::size_t i, std::size_t j) const {
  if (directions_.empty()) {
    return points_simd().gathered32(gather_, cols_, given_ + i * cols_, given_ + j * cols_);
  }
  return points_simd().gathered64(gather_, cols_, directions_.data() + i * cols_,
                                  directions_.data() + j * cols_);
}

float MeasuredPoints::limit(std::size_t i, double gathered) const {
  const double t = (gather_ == Gather::kSquares ? std::sqrt(gathered) : gathered) * scale_;
  return limit_of_distance(t + kUnit * (2 * norms_[i] + t) + absolute_error_);
}

double MeasuredPoints::distance_of_limit(float limit) const {
  return gather_ == Gather::kSquares ? std::sqrt(static_cast<double>(limit)) : static_cast<double>(limit);
}

float MeasuredPoints::limit_of_distance(double r) const {
  const double gathered = gather_ == Gather::kSquares ? r * r : r;
  return round_up(gathered * (1 + relative_error_) + absolute_error_);
}

double MeasuredPoints::distance_to(std::size_t i, const float* center) const {
  return norm_of_difference(gather_, cols_, rounded(i), center) * (1 + kUnit);
}

}  // namespace god
