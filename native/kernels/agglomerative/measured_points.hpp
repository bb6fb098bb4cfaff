// Points whose distances are computed in two steps: float32 quickly finds those that could be below a known
// distance, then float64 decides.
//
// Rows are shifted and scaled (by a power of two) to coordinates of at most 1 in absolute value. Let p be
// such a row, p' the same rounded to float32, u = 2^-24, N the norm of the metric (2, 1 or maximum) and G(t)
// the gathered differences at a distance t: t^2 for sums of squares, t for the others.
//
// Rounding moves each coordinate by at most u times its size, plus 2^-150 where it is subnormal, so that
//   |N(q' - p') - N(q - p)| <= u (N(q) + N(p)) + d 2^-149, and N(q) <= N(p) + N(q - p).            (1)
// In float32 the differences q'_k - p'_k, their squares and at most d + 1 additions are rounded, each by a
// factor in [1 - u, 1 + u] (Higham, "Accuracy and stability of numerical algorithms", section 3.1; fewer with
// fused multiply-add), and each may lose 2^-126 to underflow. With g = m u / (1 - m u), m = d + 6, which also
// covers the rounding of the limits themselves, the computed s satisfies
//   s <= G(N(q' - p')) (1 + g) + d 2^-120.                                                          (2)
// Any q that is nearer to p than t, N(q - p) < t, therefore has
//   N(q' - p') <= r with r = t + u (2 N(p) + t) + d 2^-149, and s <= G(r) (1 + g) + d 2^-120.       (3)
// limit() is the right-hand side of (3), rounded up.
//
// For a group of points within R of a float32 center c, let r be the largest r of (3) of any of them. A q
// that is nearer to one of them than its t has N(q' - c) <= r + R, and so float32 differences of at most G(r
// + R) (1 + g) + d 2^-120. That is limit_of_distance(r + R).
#pragma once
#include <cstddef>
#include <vector>

#include "agglomerative/matrix_simd.hpp"
#include "agglomerative/metric.hpp"
#include "base/matrix.hpp"

namespace god {

class MeasuredPoints {
 public:
  // x must outlive the object. O(n d) memory.
  MeasuredPoints(ConstMatrix32 x, PointMetric metric, std::size_t threads);

  std::size_t rows() const { return norms_.size(); }
  std::size_t cols() const { return cols_; }
  Gather gather() const { return gather_; }

  // p' of row i, d values.
  const float* rounded(std::size_t i) const { return rounded_.data() + i * cols_; }
  // Gathered differences of the rows as given, in float64.
  double exact(std::size_t i, std::size_t j) const;
  // An upper bound of the float32 differences from row i to any row whose exact ones are below `gathered`.
  float limit(std::size_t i, double gathered) const;
  // r of (3), given the limit.
  double distance_of_limit(float limit) const;
  float limit_of_distance(double r) const;
  // N(p' - c).
  double distance_to(std::size_t i, const float* center) const;

 private:
  void shift_and_scale(ConstMatrix32 x, PointMetric metric, std::size_t threads);

  Gather gather_;
  std::size_t cols_;
  const float* given_;              // the rows themselves; not used by cosine
  std::vector<double> directions_;  // for cosine, rows of length 1 instead
  std::vector<float> rounded_;
  std::vector<double> norms_;  // N(p), scaled
  double scale_ = 1;
  double relative_error_;
  double absolute_error_;
};

}  // namespace god
