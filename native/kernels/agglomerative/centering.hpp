// A shift and a scale that bring points near the origin, where float32 has the finest grid.
#pragma once
#include <cstddef>
#include <vector>

#include "base/matrix.hpp"

namespace god {

struct Centering {
  Centering(ConstMatrix32 x, std::size_t threads);

  // Near the median of each column, so that outliers do not matter. Each is a float32 number, so that its
  // differences from values near it are exact in float64.
  std::vector<double> middle;
  // A power of two: (x - middle) / unit is at most 1 in absolute value.
  double unit = 1;
};

}  // namespace god
