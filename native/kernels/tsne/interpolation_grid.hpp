// The field of charges on a regular grid: their convolution with the kernel 1 / (1 + r^2), by Fourier
// transforms.
//
// Cubic B-splines spread the charges over the grid, and the same splines interpolate the field between nodes.
// Both smooth, so the transforms of the two splines are divided out once, together with the kernel's
// transform (as in smooth particle mesh Ewald, Essmann et al. 1995). The convolution is not periodic. Along
// x, rows are not padded with zeros: their frequencies are shifted by a quarter, so that whatever wraps
// around is imaginary and drops out (the right-angle convolution of Krishnaswami 1990). Along y, padding to
// twice the length is replaced by two transforms, with shifts 0 and 1/2. The kernel is real and even, and so
// is its transform: two transforms of real numbers in all.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "tsne/fft.hpp"

namespace god {

class FieldGrid {
 public:
  // This many rows of the grid are transformed together.
  static constexpr std::size_t kBand = kFftLanes;
  // This many nodes at the far end of each axis must stay free of charges; their field is wrong.
  static constexpr std::size_t kMargin = 8;

  explicit FieldGrid(std::size_t threads);

  // Sets a grid of nodes (x, y), x < nx and y < ny, `spacing` apart; nx and ny come from fft_length. Computes
  // the kernel's transform if the grid has changed.
  void resize(std::size_t nx, std::size_t ny, double spacing);

  // To set the charges, a worker writes those of rows 16 band .. 16 band + 15 into `rows` and calls `put`;
  // after this was done for every band, call `convolve`. rows(worker)[x].re.at[l] is the charge of node (x,
  // 16 band + l); write all nx real parts.
  ComplexLanes* rows(std::size_t worker) { return &scratch_[worker * scratch_length_]; }
  void put(std::size_t band, std::size_t worker);
  void convolve();

  // field()[x * stride() + y] are coefficients of cubic B-splines, which interpolate the sum over charges of
  // 1 / (1 + r^2) - offset().
  const float* field() const { return field_[0].at; }
  std::size_t stride() const { return ny_ + kBand; }
  double offset() const { return offset_; }
  // The field that a charge exerts on itself, averaged over its positions between nodes: about 1.
  double self() const { return self_; }

  std::size_t bands() const { return ny_ / kBand; }

 private:
  // The transforms of the splines at one frequency.
  struct Splines {
    double inverse_square;  // 1 / square of the cubic spline's, scaled
    double septic;
  };
  static void add_splines(const FftPlan& plan, double shift, double scale, std::vector<Splines>& out);
  void make_plans();
  void make_kernel();
  void sample_band(std::size_t band, ComplexLanes* rows) const;
  double transform_kernel(std::size_t block, ComplexLanes* column);
  void take(std::size_t band, std::size_t worker);
  void convolve_columns(std::size_t block, ComplexLanes* column);
  RealLanes* factors(std::size_t block, std::size_t shift) { return &kernel_[(2 * block + shift) * ny_]; }

  std::size_t threads_;
  std::size_t nx_ = 0, ny_ = 0;
  double spacing_ = 0, offset_ = 0, self_ = 1;
  std::unique_ptr<FftPlan> along_x_, along_y_;
  std::vector<float> quarter_, half_;  // rotations along x and y
  std::vector<Splines> splines_x_, splines_y_;
  std::vector<ComplexLanes> columns_;  // for each block of 16 frequencies along x, ny elements
  std::vector<RealLanes> kernel_;      // for each such block, ny elements of shift 0, then ny of shift 1/2
  std::vector<RealLanes> field_;
  std::vector<ComplexLanes> scratch_;
  std::size_t scratch_length_ = 0;
};

}  // namespace god
