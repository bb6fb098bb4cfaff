// A square matrix of distances, and how it is filled.
#pragma once
#include <cstddef>
#include <vector>

#include "agglomerative/metric.hpp"
#include "base/large_array.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// n x n, rows padded so that equal columns of neighboring rows do not fall on the same cache set. The memory
// is not touched before it is written: its first touch is by the thread that fills it.
template <class T>
class SquareMatrix {
 public:
  explicit SquareMatrix(std::size_t n) : stride_((n + 31) / 32 * 32 + 16), rows_(n), data_(n * stride_) {
    for (std::size_t i = 0; i < n; i++) rows_[i] = data_.data() + i * stride_;
  }

  std::size_t stride() const { return stride_; }
  T* row(std::size_t i) const { return rows_[i]; }
  // Row `to` becomes what row `from` is; no values are moved.
  void rename_row(std::size_t to, std::size_t from) { rows_[to] = rows_[from]; }

 private:
  std::size_t stride_;
  std::vector<T*> rows_;
  LargeArray<T> data_;
};

// All fill functions set the diagonal to infinity.

// Distances of the rows of x. Values may have any finite size for T = double; for float, distances beyond its
// range are infinite, which throws std::invalid_argument.
template <class T>
void fill_from_points(ConstMatrix32 x, PointMetric metric, Run run, SquareMatrix<T>& out);

// n x n given distances, or the n (n - 1) / 2 of the upper triangle, row by row. They must be finite and not
// negative, a square matrix symmetric (to 1e-6) with zeros on the diagonal: throws std::invalid_argument
// naming the first that is not. `squared`: store squares.
template <class T, class In>
void fill_from_square(const In* distances, std::size_t n, bool squared, Run run, SquareMatrix<T>& out);
template <class T, class In>
void fill_from_condensed(const In* distances, std::size_t n, bool squared, Run run, SquareMatrix<T>& out);

}  // namespace god
