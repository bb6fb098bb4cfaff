#include "agglomerative/prepared_points.hpp"

#include <algorithm>
#include <cmath>

namespace god {

Gather gather_of(PointMetric metric) {
  switch (metric) {
    case PointMetric::kCityblock:
      return Gather::kMagnitudes;
    case PointMetric::kChebyshev:
      return Gather::kLargest;
    default:
      return Gather::kSquares;
  }
}

double metric_distance(PointMetric metric, double gathered) {
  if (metric == PointMetric::kEuclidean) return std::sqrt(gathered);
  if (metric == PointMetric::kCosine) return gathered / 2;
  return gathered;
}

namespace {

bool is_zero(ConstMatrix32 x, std::size_t i) {
  return std::all_of(x.row(i), x.row(i) + x.cols, [](float value) { return value == 0; });
}

// Writes row i scaled to length 1. If `cols` is one more than x has, the last number is 1 for a row of zeros,
// else 0.
void direction(ConstMatrix32 x, std::size_t i, std::size_t cols, double* out) {
  double largest = 0;
  for (std::size_t k = 0; k < x.cols; k++) largest = std::max(largest, std::fabs(double{x.row(i)[k]}));
  std::fill(out, out + cols, 0.0);
  if (largest == 0) {
    if (cols > x.cols) out[x.cols] = 1;
    return;
  }
  double squares = 0;
  for (std::size_t k = 0; k < x.cols; k++) {
    out[k] = x.row(i)[k] / largest;
    squares += out[k] * out[k];
  }
  const double length = std::sqrt(squares);
  for (std::size_t k = 0; k < x.cols; k++) out[k] /= length;
}

bool has_zero_row(ConstMatrix32 x) {
  for (std::size_t i = 0; i < x.rows; i++) {
    if (is_zero(x, i)) return true;
  }
  return false;
}

}  // namespace

std::size_t prepared_columns(ConstMatrix32 x, PointMetric metric) {
  return x.cols + (metric == PointMetric::kCosine && has_zero_row(x) ? 1 : 0);
}

void prepare_row(ConstMatrix32 x, PointMetric metric, std::size_t i, std::size_t cols, double* out) {
  if (metric == PointMetric::kCosine) {
    direction(x, i, cols, out);
  } else {
    std::copy(x.row(i), x.row(i) + cols, out);
  }
}

template <class T>
PreparedPoints<T>::PreparedPoints(ConstMatrix32 x, PointMetric metric) : cols(prepared_columns(x, metric)) {
  const std::size_t padded = (x.rows + kDistanceColumns - 1) / kDistanceColumns * kDistanceColumns;
  rows.assign(padded * cols, 0);
  columns.assign(padded * cols, 0);
  std::vector<double> row(cols);
  for (std::size_t i = 0; i < x.rows; i++) {
    prepare_row(x, metric, i, cols, row.data());
    T* column = columns.data() + i / kDistanceColumns * kDistanceColumns * cols + i % kDistanceColumns;
    for (std::size_t k = 0; k < cols; k++) {
      rows[i * cols + k] = column[k * kDistanceColumns] = static_cast<T>(row[k]);
    }
  }
}

template struct PreparedPoints<float>;
template struct PreparedPoints<double>;

}  // namespace god
