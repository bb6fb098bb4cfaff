// Views of dense row-major matrices, and checks of kernels' inputs and outputs.
#pragma once
#include <cstddef>
#include <optional>
#include <stdexcept>
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

// Rows hold values that a kernel cannot use. If one value is at fault, `cell` says which.
class BadRows : public std::invalid_argument {
 public:
  struct Cell {
    std::size_t row;
    std::size_t column;
    double value;
  };

  explicit BadRows(const std::string& message, std::optional<Cell> at = std::nullopt)
      : std::invalid_argument(message), cell(at) {}

  const std::optional<Cell> cell;
};

bool all_finite(const float* values, std::size_t count);

// Throws BadRows with the first cell of `x` that is NaN or infinite. `threads` as in parallel.hpp.
void check_finite(ConstMatrix32 x, const std::string& name, std::size_t threads);

// Throws BadRows if a value of `output`, which was computed from `input`, is not finite: with a cell of the
// input (`name`) that is not finite, if there is one.
void check_finite_output(ConstMatrix32 output, ConstMatrix32 input, const std::string& name);

}  // namespace god
