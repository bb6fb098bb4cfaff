// Plans of fast Fourier transforms: mixed radices 2, 3, 4 and 5, decimated in frequency (Cooley and Tukey
// 1965), 16 sequences at once. Frequencies stay in the order in which the passes leave them: who convolves
// multiplies and goes back, and needs no other.
#pragma once
#include <cstddef>
#include <vector>

#include "base/simd_dispatch.hpp"
#include "tsne/fft_simd.hpp"

namespace god {

GOD_DECLARE_SIMD_TABLE(FftSimd, fft_simd)

class FftPlan {
 public:
  // `length` has no prime factors but 2, 3 and 5; throws std::invalid_argument otherwise.
  explicit FftPlan(std::size_t length);
  FftPlan(FftPlan&&) = default;
  FftPlan& operator=(FftPlan&&) = default;

  std::size_t length() const { return length_; }
  // Valid as long as the plan is.
  FftView view() const { return {length_, passes_.data(), passes_.size()}; }
  // The frequency of the number at `place` of a transform, in [0, length): the sum over k of x_k exp(-2 pi i
  // frequency k / length) stands there.
  std::size_t frequency(std::size_t place) const;
  // exp(2 pi i shift k / length) as (re, im). Numbers rotated by it (FftSimd) before their transform have
  // their frequencies shifted by `shift`.
  std::vector<float> rotation(double shift) const;

 private:
  std::size_t length_;
  std::vector<FftPass> passes_;
  std::vector<std::vector<float>> twiddles_;
};

// The least multiple of 16 that is at least `count` and has no prime factors but 2, 3 and 5.
std::size_t fft_length(std::size_t count);

}  // namespace god
