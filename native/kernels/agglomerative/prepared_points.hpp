// Points in the layout that the distance tiles of matrix_simd.hpp read.
#pragma once
#include <cstddef>
#include <vector>

#include "agglomerative/matrix_simd.hpp"
#include "agglomerative/metric.hpp"
#include "base/matrix.hpp"

namespace god {

// How a metric gathers differences of coordinates.
Gather gather_of(PointMetric metric);

// The distance for the given gathered differences.
double metric_distance(PointMetric metric, double gathered);

// For cosine, rows are scaled to length 1: then 1 - cos(x, y) = |x - y|^2 / 2, without cancellation. If there
// are rows of zeros, a column is added that is 1 for them and 0 for all others.
std::size_t prepared_columns(ConstMatrix32 x, PointMetric metric);
void prepare_row(ConstMatrix32 x, PointMetric metric, std::size_t i, std::size_t cols, double* out);

// All rows, prepared, in the number type T.
template <class T>
struct PreparedPoints {
  PreparedPoints(ConstMatrix32 x, PointMetric metric);

  std::size_t cols;
  std::vector<T> rows;     // row-major, padded to a multiple of 32 rows with zeros
  std::vector<T> columns;  // blocks of d x 32
};

}  // namespace god
