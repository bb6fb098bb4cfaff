// All random numbers in training a variational autoencoder, defined so simply that another trainer can
// reproduce them: each draw is a pure function of the seed, its purpose and its number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace god {

// The stream of random.hpp that each kind of draw uses.
enum class VaeStream : std::uint64_t { kWeights = 1, kSplit = 2, kShuffle = 3, kNoise = 4, kScoreNoise = 5 };

// 0 .. n - 1 in random order (Fisher and Yates, from the last place down): place i is swapped with a place <=
// i, given by draw first + i. n < 2^32.
std::vector<std::uint32_t> vae_permutation(std::uint64_t seed, VaeStream stream, std::uint64_t first,
                                           std::size_t n);

// Rows for training and for validation, each ascending. The first floor(share * n) of the split stream's
// permutation are for validation.
struct VaeSplit {
  std::vector<std::uint32_t> training, validation;
};
VaeSplit vae_split(std::uint64_t seed, double share, std::size_t n);

// Standard normal noise for rows [first, first + rows) of a sequence, rows x latent. Row i draws p =
// ceil(latent / 2) pairs, numbers i p to i p + p - 1 of the stream (vae_simd.hpp has the formula): unit j < p
// gets the cosine of pair j, unit j >= p the sine of pair j - p.
class VaeNoise {
 public:
  VaeNoise(std::uint64_t seed, VaeStream stream, std::size_t latent);
  void fill(std::uint64_t first, std::size_t rows, float* noise);

 private:
  std::uint64_t seed_;
  VaeStream stream_;
  std::size_t latent_;
  std::vector<std::uint64_t> bits_;
  std::vector<float> cosines_, sines_;
};

}  // namespace god
