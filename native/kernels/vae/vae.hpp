// Variational autoencoder with Gaussian code and Gaussian reconstruction (Kingma and Welling, "Auto-encoding
// variational Bayes", ICLR 2014). Encoder and decoder are multilayer perceptrons with ReLU.
//
// Loss of a row x, in nats: 1/2 |x - decode(z)|^2 + beta KL(q(z|x) || N(0, I)), summed over dimensions, with
// z = mean + deviation * noise. (With a mean over dimensions, or without the 1/2, beta would mean something
// else.)
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// The encoder is d -> hidden... -> means and log variances (2 x latent); the decoder is latent -> reversed
// hidden... -> d. There can be any number of hidden layers, also none.
struct VaeShape {
  std::size_t input = 0;
  std::vector<std::size_t> hidden;
  std::size_t latent = 0;
};

// y = x W + b: W is in x out, row-major, at `weights` of the flat parameters; b follows at `bias`.
struct VaeLayer {
  std::size_t in, out, weights, bias;
  bool relu;
};

// The encoder's layers, the last of which gives means and log variances, then the decoder's.
struct VaeLayout {
  explicit VaeLayout(const VaeShape& shape);
  std::vector<VaeLayer> layers;
  std::size_t encoder;  // number of layers of the encoder
  std::size_t input, latent;
  std::size_t parameters;  // length of the flat array
};

// Initial parameters: layer by layer, every weight uniform within +-sqrt(6 / (in + out)) (Glorot and Bengio,
// AISTATS 2010, eq. 16) from the next number of the weights' stream, every bias 0.
void vae_initialize(const VaeShape& shape, std::uint64_t seed, float* parameters);

struct VaeTraining {
  double beta = 1;    // factor on the divergence at the end of the warm-up
  double warmup = 0;  // epochs over which the factor grows linearly from 0 to beta, step by step
  double learning_rate = 1e-3;
  double validation = 0;     // fraction of the rows, in [0, 1)
  double free_bits = 0;      // nats per row and unit below which the divergence is not reduced further
  double clip_norm = 0;      // largest Euclidean norm of a step's gradient; 0: no limit
  std::size_t epochs = 1;    // in total, including those done before
  std::size_t patience = 0;  // stop after this many judged epochs without a better one; 0: never
  std::size_t batch = 256;   // the last batch of an epoch may be smaller
  std::uint64_t seed = 0;
  const std::uint32_t* groups = nullptr;  // the group of each row of x, < group_count; null: no groups
  std::size_t group_count = 0;
};

// A row of the history. Training figures are means over the epoch while the weights change, with sampled
// codes and the beta of each step. Validation figures are those of vae_evaluate with the final beta. The
// figures are loss, reconstruction, KL, R^2 and active units.
constexpr std::size_t kVaeQuality = 5;
// Beta at the epoch's end, training figures, validation figures.
constexpr std::size_t kVaeHistory = 1 + 2 * kVaeQuality;

// What training changes. The caller provides the arrays, filled with zeros. After `done` epochs they are a
// checkpoint, from which the same call continues to the same bits as without an interruption.
struct VaeState {
  float* parameters;  // VaeLayout::parameters of each
  float* first_moment;
  float* second_moment;
  float* best;            // the result: parameters after the best judged epoch
  double* history;        // epochs x kVaeHistory; NaN for validation figures without validation rows
  double* group_history;  // epochs x groups x kVaeQuality: validation figures by group; unused without groups
  std::size_t done = 0;   // epochs done before
};

// How a fit ended. If a loss was not finite, `epochs` is the number of the epoch in which that happened.
struct VaeOutcome {
  enum Finite { kAll, kNotTraining, kNotValidation };
  std::size_t epochs = 0;  // done, including those before
  Finite losses = kAll;
  std::size_t step = 0;  // the step of that epoch, if the training loss was not finite
};

// Trains on the n x input rows of x, n >= 1. Epochs in which every step had the final beta are judged by the
// validation loss (without validation rows, by the training loss). `best` keeps the weights after the best of
// these, or the last weights if no epoch was judged. Progress: the number of finished epochs, plus a fraction
// of the next one; the history of finished epochs can be read meanwhile. Throws std::invalid_argument for
// values that are not finite.
VaeOutcome vae_fit(ConstMatrix32 x, const VaeShape& shape, const VaeTraining& training, const VaeState& state,
                   Run run);

// Writes the means and log variances (n x latent each) of the posteriors of the n rows of x.
void vae_encode(ConstMatrix32 x, const VaeShape& shape, const float* parameters, Run run, Matrix32 mean,
                Matrix32 log_variance);

// Writes the reconstructions (n x input) of the n x latent codes z.
void vae_decode(ConstMatrix32 z, const VaeShape& shape, const float* parameters, Run run, Matrix32 x);

// Measures the quality on chosen rows of x, or on all rows without `rows`. groups[i] < group_count is the
// group of the i-th chosen row (0 without `groups`). Writes kVaeQuality numbers to `quality` for each group,
// then for all rows together: mean loss and reconstruction with one sampled code per row (always the same
// noise), mean KL, R^2 of decoding the posterior means (relative to each group's own column means; 0 if the
// rows do not vary), and the number of units whose posterior mean has a variance above .01. A group without
// rows has zeros.
struct VaeEvaluation {
  double beta = 1;
  double free_bits = 0;
  std::uint64_t seed = 0;
  const std::uint32_t* rows = nullptr;
  std::size_t row_count = 0;
  const std::uint32_t* groups = nullptr;
  std::size_t group_count = 1;
};
void vae_evaluate(ConstMatrix32 x, const VaeShape& shape, const float* parameters,
                  const VaeEvaluation& options, Run run, double* quality);

}  // namespace god
