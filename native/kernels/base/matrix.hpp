// Views of dense row-major matrices, and checks of kernels' inputs and outputs.
#pragma once
#include <cstddef>
#include <string>

namespace god {

// A borrowed rows x cols row-major matrix. Copying the view copies no elements.
template <class T>
struct MatrixView {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;

  T* row(std::size_t i) const { return data + i * cols; }
  std::size_t size() const { return rows * cols; }
  // A writable view converts to a read-only one.
  operator MatrixView<const T>() const { return {data, rows, cols}; }
};

using Matrix32 = MatrixView<float>;
using ConstMatrix32 = MatrixView<const float>;

// Whether a product uses a matrix or its transpose.
enum class Transpose { kNo, kYes };

bool all_finite(const float* values, std::size_t count);

// Throws std::invalid_argument that names the first row and column of `x` with a value that is NaN or
// infinite. `threads` as in parallel.hpp.
void check_finite(ConstMatrix32 x, const std::string& name, std::size_t threads);

// Throws std::invalid_argument if a value of `output`, which was computed from `input`, is not finite. The
// message names a value of the input (`name`) that is not finite, if there is one.
void check_finite_output(ConstMatrix32 output, ConstMatrix32 input, const std::string& name);

}  // namespace god
