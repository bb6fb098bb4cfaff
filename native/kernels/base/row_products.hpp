// Products of rows with fixed weights, y = x W + b, whose bits do not depend on the rows beside them: every
// value is one sum in the order of the columns, whatever the number of rows. BLAS does not promise that;
// OpenBLAS' AVX2 kernels sum the first six of twelve rows otherwise than the last six.
#pragma once
#include <cstddef>

#include "base/blas.hpp"
#include "base/large_array.hpp"

namespace god {

// Weights in the order in which the loops read them. The same bits with AVX-512, AVX2 and NEON.
class RowWeights {
 public:
  // op(W) is in x out: with kNo `weights` is that, row-major, with kYes its transpose.
  RowWeights(Transpose side, const float* weights, std::size_t in, std::size_t out);

  // y = x op(W) + bias, for `rows` rows of x: rows x in, bias: out (null: zeros), y: rows x out.
  void multiply(const float* x, std::size_t rows, const float* bias, float* y) const;

 private:
  std::size_t in_, out_;
  LargeArray<float> packed_;
};

}  // namespace god
