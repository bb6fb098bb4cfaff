// One training step of the variational autoencoder: loss, gradient and Adam update of a batch.
//
// There are two parallel phases. First, blocks of rows run forward and backward through all layers and keep
// activations and their gradients. Then the gradient of each slice of a layer's weights is computed over the
// whole batch, and the slice is updated at once: gradients fit into the cache and need no reduction over
// threads. The thread that updates the last slice of a layer packs its weights for the next step. Borders of
// blocks and slices depend on shapes alone, so results are bit-identical for any number of threads.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/matrix.hpp"
#include "base/run.hpp"
#include "vae/vae_layers.hpp"
#include "vae/vae_random.hpp"

namespace god {

// Sums over the rows of one or more batches, with the weights before each step.
struct VaeSums {
  double rows = 0;
  double squared_error = 0;  // of the sampled reconstruction
  double divergence = 0;
  double charged = 0;                      // the divergence with free bits
  double loss = 0;                         // squared_error / 2 + beta * charged, with each step's beta
  std::vector<double> mean, mean_squares;  // of the posterior means, per unit
};

// How a batch's loss is weighted and its gradient limited.
struct VaeObjective {
  double beta;
  double free_bits;
  double clip_norm;  // 0: no limit
};

struct VaeAdam {
  float* parameters;
  float* first_moment;
  float* second_moment;
  double learning_rate;
  std::uint64_t step;  // from 1
};

class VaeStep {
 public:
  // A request to stop ends a step within a block of rows or a slice of weights, when some weights may have
  // been updated. `layout` and the run's monitor must outlive the object.
  VaeStep(const VaeLayout& layout, std::size_t max_batch, std::uint64_t seed, Run run);
  ~VaeStep();

  // Takes a step with the given rows of x. The noise of the batch's i-th row is row first_noise + i of the
  // noise stream (vae_random.hpp). Adds the batch's figures to `sums`. Between calls, the caller must not
  // change the parameters.
  void train(ConstMatrix32 x, const std::uint32_t* rows, std::size_t count, std::uint64_t first_noise,
             const VaeObjective& objective, const VaeAdam& adam, VaeSums& sums);

  // Writes the gradient of the batch's mean loss with respect to every parameter, without a step.
  void gradient(ConstMatrix32 x, const std::uint32_t* rows, std::size_t count, std::uint64_t first_noise,
                const VaeObjective& objective, const float* parameters, float* gradient, VaeSums& sums);

 private:
  struct Block;
  struct Slice;
  struct Batch;

  void pack(const float* parameters);
  void pack_layer(std::size_t k, const float* parameters);
  void pass(const Batch& batch, VaeSums& sums);
  void forward(const Batch& batch, Block& block, std::size_t begin, std::size_t count);
  void backward(const Batch& batch, std::size_t begin, std::size_t count);
  void slice_gradients(const Batch& batch, float* gradient) const;
  void slice_gradient(const Batch& batch, const Slice& slice, float* weights, float* bias) const;
  void update(const Slice& slice, const float* weights, const float* bias, const VaeAdam& adam,
              double factor) const;
  double gradient_norm() const;

  const VaeLayout& layout_;
  Run run_;
  std::vector<Block> blocks_;
  std::vector<Slice> slices_;
  std::size_t largest_slice_ = 0;
  std::vector<float> x_, noise_, deviation_, code_, code_gradient_;
  std::vector<std::vector<float>> activation_, delta_;  // per layer: outputs, and gradients by its sums
  std::vector<PackedMatrix> forward_weights_, backward_weights_, packed_delta_;
  const float* packed_ = nullptr;  // the parameters from which the packed weights were made
  std::vector<std::atomic<std::size_t>> unfinished_;  // per layer, slices not updated yet in this step
  std::vector<float> gradient_;                       // used when gradients are clipped
  WorkerOwned<std::vector<float>> scratch_;
};

}  // namespace god
