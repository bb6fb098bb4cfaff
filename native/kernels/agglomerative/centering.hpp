// A shift and a scale that bring points near the origin, where float32 has the finest grid.
#pragma once
#include <cstddef>
#include <vector>

#include "base/matrix.hpp"

namespace god {

struct Centering {
  Centering(ConstMatrix32 x, std::size_t threads);

  // Near the middle of each column, however far outliers lie; float32 numbers, whose differences from values
  // near them are exact in float64.
  std::vector<double> middle;
  // A power of two: (x - middle) / unit is at most 1 in absolute value.
  double unit = 1;
};

}  // namespace god
