// The hot loops over distance matrices, in float32 and float64.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/simd_dispatch.hpp"

namespace god {

constexpr std::size_t kDistanceRows = 4;
constexpr std::size_t kDistanceColumns = 32;

// How differences of coordinates are combined into one number: sum of squares, sum of magnitudes, largest
// magnitude.
enum class Gather { kSquares, kMagnitudes, kLargest };

template <class T>
struct MatrixSimdOf {
  // queries: 4 x d, row-major; columns: d x 32; out[i * stride + j] = the gathered differences of query i and
  // column j.
  void (*distances)(Gather gather, std::size_t d, const T* queries, const T* columns, T* out,
                    std::size_t stride);
  // The index of the smallest of values[0, count); the lowest index of equal ones. count >= 1, no NaN.
  std::size_t (*smallest)(const T* values, std::size_t count);
  // The same for values[j] + added[j].
  std::size_t (*smallest_sum)(const T* values, const T* added, std::size_t count);
};

struct MatrixSimd {
  MatrixSimdOf<float> f32;
  MatrixSimdOf<double> f64;
};

GOD_DECLARE_SIMD_TABLE(MatrixSimd, matrix_simd)

template <class T>
const MatrixSimdOf<T>& matrix_simd_of();
template <>
inline const MatrixSimdOf<float>& matrix_simd_of<float>() {
  return matrix_simd().f32;
}
template <>
inline const MatrixSimdOf<double>& matrix_simd_of<double>() {
  return matrix_simd().f64;
}

}  // namespace god
