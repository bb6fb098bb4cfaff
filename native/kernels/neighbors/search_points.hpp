// Points as the neighbor search wants them: of a size whose squares fit float32, centered, with their norms.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/matrix.hpp"
#include "neighbors/neighbors.hpp"

namespace god {

// What the points and the queries of one search have in common.
struct SearchFrame {
  Metric metric;
  double unit;  // a power of two that values are divided by; 1 unless squares would leave float32's range
  std::size_t cols;  // after adding the column that cosine needs for rows of zeros
  std::vector<float>
      center;  // any point in the middle of the data: rounding errors grow with the distance from it

  SearchFrame(ConstMatrix32 points, ConstMatrix32 queries, Metric metric, std::size_t threads);
};

// Rows of `queries` in sets that are searched one after the other, so that a row's unit, and with it its
// result, does not depend on other rows. Empty when one search does for all, as nearly always.
std::vector<std::vector<std::uint32_t>> queries_by_unit(ConstMatrix32 points, ConstMatrix32 queries,
                                                        std::size_t threads);

// `width` values of each of these rows, together.
template <class T>
std::vector<T> chosen_rows(const T* all, std::size_t width, const std::vector<std::uint32_t>& rows) {
  std::vector<T> chosen(rows.size() * width);
  for (std::size_t e = 0; e < rows.size(); e++)
    std::copy_n(all + rows[e] * width, width, chosen.data() + e * width);
  return chosen;
}

// The other way.
template <class T>
void put_rows(const std::vector<T>& chosen, std::size_t width, const std::vector<std::uint32_t>& rows,
              T* all) {
  for (std::size_t e = 0; e < rows.size(); e++)
    std::copy_n(chosen.data() + e * width, width, all + rows[e] * width);
}

struct SearchPoints {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;           // of centered rows, a multiple of 16
  std::vector<float> centered;      // rows x stride
  std::vector<double> exact_norms;  // |centered row|^2
  std::vector<float> norms;         // the same rounded, followed by room to read past the end
  const float* exact = nullptr;     // rows before centering: the caller's own where they serve, else `scaled`
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
