#include "tsne/fft.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace god {
namespace {

constexpr double kTau = 6.283185307179586477;

// n divided by all its factors 2, 3 and 5.
std::size_t rough_part(std::size_t n) {
  for (const std::size_t prime : {2, 3, 5}) {
    while (n % prime == 0) n /= prime;
  }
  return n;
}

}  // namespace

FftPlan::FftPlan(std::size_t length) : length_(length) {
  if (length == 0 || rough_part(length) != 1) {
    throw std::invalid_argument(
        "the length of a transform must not have prime factors other than 2, 3 and 5");
  }
  std::size_t left = length;
  for (const std::size_t radix : {4, 2, 3, 5}) {
    for (; left % radix == 0; left /= radix) {
      const std::size_t width = left / radix;
      std::vector<float> twiddles;
      twiddles.reserve(2 * (radix - 1) * width);
      for (std::size_t j = 0; j < width; j++) {
        for (std::size_t power = 1; power < radix; power++) {
          const double angle = -kTau * static_cast<double>(j * power) / static_cast<double>(left);
          twiddles.push_back(static_cast<float>(std::cos(angle)));
          twiddles.push_back(static_cast<float>(std::sin(angle)));
        }
      }
      twiddles_.push_back(std::move(twiddles));
      passes_.push_back({radix, width, twiddles_.back().data()});
    }
  }
}

std::size_t FftPlan::frequency(std::size_t place) const {
  std::size_t frequency = 0;
  std::size_t factor = 1;
  for (const FftPass& pass : passes_) {
    frequency += place / pass.width * factor;
    factor *= pass.radix;
    place %= pass.width;
  }
  return frequency;
}

std::vector<float> FftPlan::rotation(double shift) const {
  std::vector<float> table(2 * length_);
  for (std::size_t k = 0; k < length_; k++) {
    const double angle = kTau * shift * static_cast<double>(k) / static_cast<double>(length_);
    table[2 * k] = static_cast<float>(std::cos(angle));
    table[2 * k + 1] = static_cast<float>(std::sin(angle));
  }
  return table;
}

std::size_t fft_length(std::size_t count) {
  std::size_t sixteenths = std::max<std::size_t>(1, (count + 15) / 16);
  while (rough_part(sixteenths) != 1) sixteenths++;
  return 16 * sixteenths;
}

}  // namespace god
