// The elementwise loops of the variational autoencoder, one table per instruction set (see simd.hpp).
// Matrices are row-major; every loop takes any number of columns.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/simd_dispatch.hpp"

namespace god {

// Constants of one Adam step t (Kingma and Ba, "Adam: A method for stochastic optimization", ICLR 2015,
// algorithm 1, with decay rates .9 and .999).
struct AdamStep {
  float rate;      // learning rate / (1 - .9^t)
  float unbias;    // 1 / (1 - .999^t)
  float gradient;  // factor on the gradient, from clipping
};

struct VaeSimd {
  // delta = activation > 0 ? delta : 0
  void (*relu_backward)(float* delta, const float* activation, std::size_t count);
  // sums[j] = sum of column j
  void (*column_sums)(const float* x, std::size_t rows, std::size_t cols, float* sums);
  // Replaces y by (y - x) * scale and returns the sum of (y - x)^2, where each row is summed in float32.
  double (*residual)(float* y, const float* x, std::size_t rows, std::size_t cols, float scale);
  // `count` pairs of independent standard normal numbers by Box and Muller, from 64 random bits per pair:
  //   u = ((bits >> 40) + 1) / 2^24, v = (bits mod 2^32 >> 8) / 2^24,
  //   a = sqrt(-2 ln u) cos(2 pi v), b = sqrt(-2 ln u) sin(2 pi v), each within 1e-6.
  void (*normal_pairs)(const std::uint64_t* bits, std::size_t count, float* a, float* b);
  // Samples one row's code. `head` holds `latent` means, then `latent` log variances; `noise` is standard
  // normal.
  //   deviation = exp(log variance / 2), code = mean + noise * deviation
  // Returns the Kullback-Leibler divergence to the standard normal, sum of (mean^2 + variance - 1 - log
  // variance) / 2, and writes to *charged the same with every unit counted as at least `free_bits`.
  float (*sample_code)(const float* head, const float* noise, std::size_t latent, float free_bits,
                       float* deviation, float* code, float* charged);
  // The gradient of one row's loss with respect to `head`, from that with respect to the code. `weight` is
  // the factor on the divergence.
  void (*code_backward)(const float* head, const float* noise, const float* deviation,
                        const float* code_gradient, std::size_t latent, float free_bits, float weight,
                        float* head_gradient);
  // sums[j] += x[j], squares[j] += x[j]^2
  void (*add_moments)(const float* x, std::size_t cols, float* sums, float* squares);
  double (*squared_norm)(const float* x, std::size_t count);
  // One Adam step on `count` parameters, with epsilon 1e-7 outside the root.
  void (*adam)(float* parameters, const float* gradient, float* first, float* second, std::size_t count,
               const AdamStep& step);
};

GOD_DECLARE_SIMD_TABLE(VaeSimd, vae_simd)

}  // namespace god
