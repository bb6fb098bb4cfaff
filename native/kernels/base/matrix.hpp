// Views of dense row-major matrices, and the checks that every kernel makes of its input.
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
  // A writable view serves wherever a read-only one is asked for.
  operator MatrixView<const T>() const { return {data, rows, cols}; }
};

using Matrix32 = MatrixView<float>;
using ConstMatrix32 = MatrixView<const float>;

// Whether a product takes a matrix as it is or its transpose.
enum class Transpose { kNo, kYes };

bool all_finite(const float* values, std::size_t count);

// Throws std::invalid_argument naming the first row and column of `x` that is NaN or infinite.
// `threads` as in parallel.hpp.
void check_finite(ConstMatrix32 x, const std::string& name, std::size_t threads);

// For results of `input`, called `name`: throws std::invalid_argument, naming a value of the input when that
// was not finite, when a value of `output` is not.
void check_finite_output(ConstMatrix32 output, ConstMatrix32 input, const std::string& name);

}  // namespace god
