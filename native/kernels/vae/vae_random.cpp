#include "vae/vae_random.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/random.hpp"
#include "vae/vae_simd.hpp"

namespace god {

std::vector<std::uint32_t> vae_permutation(std::uint64_t seed, VaeStream stream, std::uint64_t first,
                                           std::size_t n) {
  const RandomStream random(seed, static_cast<std::uint64_t>(stream));
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = n; i-- > 1;) std::swap(order[i], order[random.below(first + i, i + 1)]);
  return order;
}

VaeSplit vae_split(std::uint64_t seed, double share, std::size_t n) {
  const auto count = static_cast<std::size_t>(share * static_cast<double>(n));
  const std::vector<std::uint32_t> order = vae_permutation(seed, VaeStream::kSplit, 0, n);
  const auto border = order.begin() + static_cast<std::ptrdiff_t>(count);
  VaeSplit split{{border, order.end()}, {order.begin(), border}};
  std::sort(split.training.begin(), split.training.end());
  std::sort(split.validation.begin(), split.validation.end());
  return split;
}

VaeNoise::VaeNoise(std::uint64_t seed, VaeStream stream, std::size_t latent)
    : seed_(seed), stream_(stream), latent_(latent) {}

void VaeNoise::fill(std::uint64_t first, std::size_t rows, float* noise) {
  const RandomStream random(seed_, static_cast<std::uint64_t>(stream_));
  const std::size_t pairs = (latent_ + 1) / 2;
  const std::size_t count = rows * pairs;
  if (bits_.size() < count) {
    bits_.resize(count);
    cosines_.resize(count);
    sines_.resize(count);
  }
  for (std::size_t i = 0; i < count; i++) bits_[i] = random.bits(first * pairs + i);
  vae_simd().normal_pairs(bits_.data(), count, cosines_.data(), sines_.data());
  for (std::size_t i = 0; i < rows; i++) {
    std::memcpy(noise + i * latent_, cosines_.data() + i * pairs, pairs * sizeof(float));
    std::memcpy(noise + i * latent_ + pairs, sines_.data() + i * pairs, (latent_ - pairs) * sizeof(float));
  }
}

}  // namespace god
