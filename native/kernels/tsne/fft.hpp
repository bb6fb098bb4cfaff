// Plans of fast Fourier transforms: mixed radices 2, 3, 4 and 5, decimated in frequency (Cooley and Tukey
// 1965), 16 sequences at once. Frequencies are left in the order in which the passes produce them: a
// convolution only multiplies and transforms back, so it does not need them sorted.
#pragma once
#include <cstddef>
#include <vector>

#include "base/simd_dispatch.hpp"
#include "tsne/fft_simd.hpp"

namespace god {

GOD_DECLARE_SIMD_TABLE(FftSimd, fft_simd)

class FftPlan {
 public:
  // Throws std::invalid_argument if `length` has a prime factor other than 2, 3 and 5.
  explicit FftPlan(std::size_t length);
  FftPlan(FftPlan&&) = default;
  FftPlan& operator=(FftPlan&&) = default;

  std::size_t length() const { return length_; }
  // Valid as long as the plan exists.
  FftView view() const { return {length_, passes_.data(), passes_.size()}; }
  // The frequency, in [0, length), whose coefficient is at index `place` of a transform: the sum over k of
  // x_k exp(-2 pi i frequency k / length).
  std::size_t frequency(std::size_t place) const;
  // exp(2 pi i shift k / length) as (re, im) for each k. Rotating numbers by this table (FftSimd) before
  // their transform shifts their frequencies by `shift`.
  std::vector<float> rotation(double shift) const;

 private:
  std::size_t length_;
  std::vector<FftPass> passes_;
  std::vector<std::vector<float>> twiddles_;
};

// The smallest multiple of 16 that is at least `count` and has no prime factors other than 2, 3 and 5.
std::size_t fft_length(std::size_t count);

}  // namespace god
