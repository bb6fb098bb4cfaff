#include "agglomerative/square_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "agglomerative/prepared_points.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kBlockRows = 32;

// Whether distances of the points might exceed the range of T.
template <class T>
bool may_overflow(Gather gather, const PreparedPoints<T>& points) {
  double largest = 0;
  for (const T value : points.rows) largest = std::max(largest, std::fabs(static_cast<double>(value)));
  const double difference = 2 * largest;
  const double one = gather == Gather::kSquares ? difference * difference : difference;
  return one * static_cast<double>(points.cols) > static_cast<double>(std::numeric_limits<T>::max()) / 2;
}

template <class T>
void finish_row(PointMetric metric, std::size_t n, T* row) {
  if (metric == PointMetric::kEuclidean) {
    for (std::size_t j = 0; j < n; j++) row[j] = std::sqrt(row[j]);
  } else if (metric == PointMetric::kCosine) {
    for (std::size_t j = 0; j < n; j++) row[j] /= 2;
  }
}

template <class T>
void check_row(std::size_t i, std::size_t n, const T* row) {
  for (std::size_t j = 0; j < n; j++) {
    if (std::isfinite(row[j])) continue;
    throw BadRows("Expected `X` to hold values whose distances fit in float32 but rows " + std::to_string(i) +
                  " and " + std::to_string(j) + " are farther apart");
  }
}

[[noreturn]] void refuse(std::size_t i, std::size_t j, double value, const char* expected) {
  throw BadRows("Expected the distances to be " + std::string(expected) + " but that of rows " +
                    std::to_string(i) + " and " + std::to_string(j) + " is " + std::to_string(value),
                BadRows::Cell{i, j, value});
}

template <class T, class In>
T checked(In value, std::size_t i, std::size_t j, bool squared) {
  const auto distance = static_cast<double>(value);
  if (!(distance >= 0) || std::isinf(distance)) refuse(i, j, distance, "finite and not negative");
  const T stored = static_cast<T>(squared ? distance * distance : distance);
  if (std::isinf(stored)) refuse(i, j, distance, "small enough to compute with");
  return stored;
}

template <class T>
void pad_row(T* row, std::size_t n, std::size_t stride) {
  std::fill(row + n, row + stride, std::numeric_limits<T>::infinity());
}

}  // namespace

template <class T>
void fill_from_points(ConstMatrix32 x, PointMetric metric, Run run, SquareMatrix<T>& out) {
  const std::size_t n = x.rows;
  const PreparedPoints<T> points(x, metric);
  const MatrixSimdOf<T>& simd = matrix_simd_of<T>();
  const bool check = may_overflow(gather_of(metric), points);
  const std::size_t column_blocks = (n + kDistanceColumns - 1) / kDistanceColumns;
  parallel_rows(
      run.threads, n, kBlockRows, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
        // A separate tile, because tiles can extend beyond the last row and column.
        std::vector<T> tile(kDistanceRows * kDistanceColumns);
        for (std::size_t block = 0; block < column_blocks; block++) {
          if (block % 64 == 0) run.monitor.check();
          const std::size_t first = block * kDistanceColumns;
          const std::size_t width = std::min(kDistanceColumns, n - first);
          for (std::size_t i = begin; i < end; i += kDistanceRows) {
            simd.distances(gather_of(metric), points.cols, points.rows.data() + i * points.cols,
                           points.columns.data() + first * points.cols, tile.data(), kDistanceColumns);
            for (std::size_t r = 0; r < std::min(kDistanceRows, end - i); r++) {
              std::copy_n(tile.data() + r * kDistanceColumns, width, out.row(i + r) + first);
            }
          }
        }
        for (std::size_t i = begin; i < end; i++) {
          finish_row(metric, n, out.row(i));
          if (check) check_row(i, n, out.row(i));
          out.row(i)[i] = std::numeric_limits<T>::infinity();
          pad_row(out.row(i), n, out.stride());
        }
      });
}

template <class T, class In>
void fill_from_square(const In* distances, std::size_t n, bool squared, Run run, SquareMatrix<T>& out) {
  parallel_rows(run.threads, n, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  run.monitor.check();
                  for (std::size_t i = begin; i < end; i++) {
                    T* row = out.row(i);
                    for (std::size_t j = 0; j < n; j++) {
                      // Both triangles take the upper one's values, so that the matrix is symmetric to the
                      // last bit.
                      const In value = distances[std::min(i, j) * n + std::max(i, j)];
                      row[j] = checked<T>(value, i, j, squared);
                      const auto a = static_cast<double>(value);
                      const auto b = static_cast<double>(distances[std::max(i, j) * n + std::min(i, j)]);
                      if (!(std::fabs(a - b) <= 1e-6 * std::max(std::fabs(a), std::fabs(b))))
                        refuse(i, j, b, "symmetric");
                    }
                    if (row[i] != 0) refuse(i, i, static_cast<double>(row[i]), "0 on the diagonal");
                    row[i] = std::numeric_limits<T>::infinity();
                    pad_row(row, n, out.stride());
                  }
                });
}

template <class T, class In>
void fill_from_condensed(const In* distances, std::size_t n, bool squared, Run run, SquareMatrix<T>& out) {
  const auto place = [n](std::size_t i, std::size_t j) { return i * (2 * n - i - 1) / 2 + (j - i - 1); };
  parallel_rows(
      run.threads, n, kBlockRows, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
        run.monitor.check();
        for (std::size_t i = begin; i < end; i++) {
          T* row = out.row(i);
          for (std::size_t j = 0; j < n; j++) {
            row[j] = i == j ? std::numeric_limits<T>::infinity()
                            : checked<T>(distances[place(std::min(i, j), std::max(i, j))], i, j, squared);
          }
          pad_row(row, n, out.stride());
        }
      });
}

#define GOD_INSTANTIATE(T, In)                                                         \
  template void fill_from_square(const In*, std::size_t, bool, Run, SquareMatrix<T>&); \
  template void fill_from_condensed(const In*, std::size_t, bool, Run, SquareMatrix<T>&);
GOD_INSTANTIATE(float, float)
GOD_INSTANTIATE(float, double)
GOD_INSTANTIATE(double, float)
GOD_INSTANTIATE(double, double)
#undef GOD_INSTANTIATE
template void fill_from_points(ConstMatrix32, PointMetric, Run, SquareMatrix<float>&);
template void fill_from_points(ConstMatrix32, PointMetric, Run, SquareMatrix<double>&);

}  // namespace god
