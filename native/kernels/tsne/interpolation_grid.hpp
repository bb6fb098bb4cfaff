// The field of charges on a regular grid: a convolution with the kernel 1 / (1 + r^2) by Fourier transforms.
//
// Charges spread over the grid by cubic B-splines, and a field read off by the same splines, are both
// interpolations of the kernel; the splines' own transforms are divided out here once, together with the
// kernel's (as in smooth particle mesh Ewald, Essmann et al. 1995). The convolution is not periodic. Along x
// rows are not padded with zeros: their frequencies are shifted by a quarter, so that what wraps around is
// imaginary and drops out (the right-angle convolution of Krishnaswami 1990). Along y the transform of twice
// the length, whose second half would be zeros, is two transforms of shifts 0 and 1/2. Kernels are real and
// even, and so are their transforms: two transforms of real numbers in all.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "tsne/fft.hpp"

namespace god {

class FieldGrid {
 public:
  // Rows of the grid that are transformed together.
  static constexpr std::size_t kBand = kFftLanes;
  // Nodes at the far end that must stay free of charges, and whose field is wrong.
  static constexpr std::size_t kMargin = 8;

  explicit FieldGrid(std::size_t threads);

  // Nodes (x, y), x < nx and y < ny, at distances of `spacing`; nx and ny from fft_length. Makes the kernel's
  // transform unless the grid is the present one.
  void resize(std::size_t nx, std::size_t ny, double spacing);

  // Where a worker puts the charges of rows 16 band .. 16 band + 15, overwriting all nx elements' real parts:
  // rows(worker)[x].re.at[l] is that of node (x, 16 band + l). Then `put`, for every band, and `convolve`.
  ComplexLanes* rows(std::size_t worker) { return &scratch_[worker * scratch_length_]; }
  void put(std::size_t band, std::size_t worker);
  void convolve();

  // field()[x * stride() + y] interpolates, with cubic B-splines, the sum over charges of 1 / (1 + r^2) -
  // offset().
  const float* field() const { return field_[0].at; }
  std::size_t stride() const { return ny_ + kBand; }
  double offset() const { return offset_; }
  // The mean over all places between nodes of what a charge does to itself: about 1.
  double self() const { return self_; }

  std::size_t bands() const { return ny_ / kBand; }

 private:
  // The transforms of the splines at one frequency.
  struct Splines {
    double inverse_square;  // of the cubic one, scaled
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
  std::vector<ComplexLanes> columns_;  // ny of each block of 16 frequencies along x
  std::vector<RealLanes> kernel_;      // of each such block: ny of shift 0, ny of shift 1/2
  std::vector<RealLanes> field_;
  std::vector<ComplexLanes> scratch_;
  std::size_t scratch_length_ = 0;
};

}  // namespace god
