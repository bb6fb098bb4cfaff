// A square matrix of distances, and how it is filled.
#pragma once
#include <cstddef>
#include <vector>

#include "agglomerative/metric.hpp"
#include "base/large_array.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// n x n, with rows padded so that the same column of neighboring rows falls on different cache sets. The
// memory is not initialized: the thread that fills a page touches it first.
template <class T>
class SquareMatrix {
 public:
  explicit SquareMatrix(std::size_t n) : stride_((n + 31) / 32 * 32 + 16), rows_(n), data_(n * stride_) {
    for (std::size_t i = 0; i < n; i++) rows_[i] = data_.data() + i * stride_;
  }

  std::size_t stride() const { return stride_; }
  T* row(std::size_t i) const { return rows_[i]; }
  // Makes row `to` refer to the values of row `from`; nothing is copied.
  void rename_row(std::size_t to, std::size_t from) { rows_[to] = rows_[from]; }

 private:
  std::size_t stride_;
  std::vector<T*> rows_;
  LargeArray<T> data_;
};

// All fill functions set the diagonal to infinity.

// Distances of the rows of x. T = double takes any finite values; T = float throws std::invalid_argument for
// distances beyond the range of float32.
template <class T>
void fill_from_points(ConstMatrix32 x, PointMetric metric, Run run, SquareMatrix<T>& out);

// Given distances, n x n or the n (n - 1) / 2 of the upper triangle, row by row. They must be finite and not
// negative; a square matrix must be symmetric (to a relative 1e-6) with zeros on the diagonal. Otherwise
// throws std::invalid_argument that names an offending one. Stores their squares if `squared`.
template <class T, class In>
void fill_from_square(const In* distances, std::size_t n, bool squared, Run run, SquareMatrix<T>& out);
template <class T, class In>
void fill_from_condensed(const In* distances, std::size_t n, bool squared, Run run, SquareMatrix<T>& out);

}  // namespace god
