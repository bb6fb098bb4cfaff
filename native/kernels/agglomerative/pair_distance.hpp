// The distance of two points, computed one pair at a time.
#pragma once
#include <algorithm>
#include <cmath>

#include "agglomerative/prepared_points.hpp"

namespace god {

class PairDistance {
 public:
  PairDistance(ConstMatrix32 x, PointMetric metric)
      : points_(x, metric), metric_(metric), gather_(gather_of(metric)) {}

  double operator()(std::size_t i, std::size_t j) const {
    const double* a = points_.rows.data() + i * points_.cols;
    const double* b = points_.rows.data() + j * points_.cols;
    double gathered = 0;
    for (std::size_t k = 0; k < points_.cols; k++) {
      const double difference = std::fabs(a[k] - b[k]);
      if (gather_ == Gather::kSquares) gathered += difference * difference;
      if (gather_ == Gather::kMagnitudes) gathered += difference;
      if (gather_ == Gather::kLargest) gathered = std::max(gathered, difference);
    }
    return metric_distance(metric_, gathered);
  }

 private:
  PreparedPoints<double> points_;
  PointMetric metric_;
  Gather gather_;
};

}  // namespace god
