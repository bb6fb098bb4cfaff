// Points prepared for the neighbor search: scaled so that squares fit float32, centered, and with their
// norms.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/matrix.hpp"
#include "neighbors/neighbors.hpp"

namespace god {

// What the points and the queries of a search share.
struct SearchFrame {
  Metric metric;
  double unit;       // values are divided by this power of two; 1 unless squares would leave float32's range
  std::size_t cols;  // including the column that cosine adds for rows of zeros
  // A point in the middle of the data: rounding errors grow with the distance from it.
  std::vector<float> center;

  SearchFrame(ConstMatrix32 points, ConstMatrix32 queries, Metric metric, std::size_t threads);
};

// Splits the rows of `queries` into sets with one unit each, to be searched separately: a query's unit, and
// so its result, then does not depend on other queries. Empty if one search is enough for all, which is
// nearly always so.
std::vector<std::vector<std::uint32_t>> queries_by_unit(ConstMatrix32 points, ConstMatrix32 queries,
                                                        std::size_t threads);

// Copies these rows of `width` values, one after another.
template <class T>
std::vector<T> chosen_rows(const T* all, std::size_t width, const std::vector<std::uint32_t>& rows) {
  std::vector<T> chosen(rows.size() * width);
  for (std::size_t e = 0; e < rows.size(); e++)
    std::copy_n(all + rows[e] * width, width, chosen.data() + e * width);
  return chosen;
}

// The inverse: writes the chosen rows back to their places in `all`.
template <class T>
void put_rows(const std::vector<T>& chosen, std::size_t width, const std::vector<std::uint32_t>& rows,
              T* all) {
  for (std::size_t e = 0; e < rows.size(); e++)
    std::copy_n(chosen.data() + e * width, width, all + rows[e] * width);
}

struct SearchPoints {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;           // distance of centered rows, a multiple of 16
  std::vector<float> centered;      // rows x stride
  std::vector<double> exact_norms;  // |centered row|^2
  std::vector<float> norms;         // the same, rounded; readable past the end
  const float* exact = nullptr;     // rows before centering: the caller's if possible, else scaled_
  std::size_t exact_stride = 0;
  std::size_t exact_cols = 0;
  double unit = 1;

  SearchPoints(ConstMatrix32 x, const SearchFrame& frame, std::size_t threads);
  SearchPoints(const SearchPoints&) = delete;
  SearchPoints& operator=(const SearchPoints&) = delete;

  const float* centered_row(std::size_t i) const { return &centered[i * stride]; }
  const float* exact_row(std::size_t i) const { return exact + i * exact_stride; }

 private:
  void scale_row(const float* x, std::size_t d, const SearchFrame& frame, float* out) const;
  std::vector<float> scaled_;
};

}  // namespace god
