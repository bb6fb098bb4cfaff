#include "vae/vae_step.hpp"

#include <cmath>
#include <cstring>

#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kBlockRows = 64;
constexpr std::size_t kSliceParameters = 16384;

}  // namespace

// What a block of rows of the batch has of its own: a source of noise, and sums.
struct VaeStep::Block {
  VaeNoise noise;
  double squared_error, divergence, charged;
  std::vector<float> mean, mean_squares;
};

// Rows [begin, end) of a layer's weights; the first slice of a layer also takes its bias.
struct VaeStep::Slice {
  const VaeLayer* layer;
  std::size_t number;  // the layer's number
  std::size_t begin, end;
  std::size_t weights() const { return layer->weights + begin * layer->out; }
  std::size_t size() const { return (end - begin) * layer->out; }
  bool takes_bias() const { return begin == 0; }
};

struct VaeStep::Batch {
  ConstMatrix32 x;
  const std::uint32_t* rows;
  std::size_t count;
  std::uint64_t first_noise;
  const VaeObjective& objective;
  const float* parameters;
};

VaeStep::VaeStep(const VaeLayout& layout, std::size_t max_batch, std::uint64_t seed, Run run)
    : layout_(layout),
      run_(run),
      x_(max_batch * layout.input),
      noise_(max_batch * layout.latent),
      deviation_(noise_.size()),
      code_(noise_.size()),
      code_gradient_(noise_.size()),
      forward_weights_(layout.layers.size()),
      backward_weights_(layout.layers.size()),
      packed_delta_(layout.layers.size()),
      unfinished_(layout.layers.size()),
      scratch_(run_.threads, [this] { return std::vector<float>(largest_slice_); }) {
  const std::size_t latent = layout.latent;
  for (std::size_t begin = 0; begin < max_batch; begin += kBlockRows) {
    blocks_.push_back({VaeNoise(seed, VaeStream::kNoise, latent), 0, 0, 0, std::vector<float>(latent),
                       std::vector<float>(latent)});
  }
  for (std::size_t k = 0; k < layout.layers.size(); k++) {
    const VaeLayer& layer = layout.layers[k];
    activation_.emplace_back(max_batch * layer.out);
    delta_.emplace_back(max_batch * layer.out);
    const std::size_t pieces = (layer.in * layer.out + kSliceParameters - 1) / kSliceParameters;
    const std::size_t height = (layer.in + pieces - 1) / pieces;
    for (std::size_t begin = 0; begin < layer.in; begin += height) {
      slices_.push_back({&layer, k, begin, std::min(layer.in, begin + height)});
      largest_slice_ = std::max(largest_slice_, slices_.back().size() + layer.out);
    }
  }
}

VaeStep::~VaeStep() = default;

void VaeStep::train(ConstMatrix32 x, const std::uint32_t* rows, std::size_t count, std::uint64_t first_noise,
                    const VaeObjective& objective, const VaeAdam& adam, VaeSums& sums) {
  if (packed_ != adam.parameters) pack(adam.parameters);
  packed_ = nullptr;  // until all weights of the step are packed
  const Batch batch{x, rows, count, first_noise, objective, adam.parameters};
  pass(batch, sums);
  const bool clips = objective.clip_norm > 0;
  double factor = 1;
  if (clips) {
    gradient_.resize(layout_.parameters);
    slice_gradients(batch, gradient_.data());
    factor = std::min(1.0, objective.clip_norm / gradient_norm());
  }
  for (std::atomic<std::size_t>& left : unfinished_) left = 0;
  for (const Slice& slice : slices_) unfinished_[slice.number]++;
  parallel_for(run_.threads, slices_.size(), [&](std::size_t s, std::size_t worker) {
    const Slice& slice = slices_[s];
    if (clips) {
      update(slice, &gradient_[slice.weights()], &gradient_[slice.layer->bias], adam, factor);
    } else {
      float* weights = scratch_[worker].data();
      float* bias = weights + slice.size();
      slice_gradient(batch, slice, weights, bias);
      update(slice, weights, bias, adam, 1);
    }
    // The thread of a layer's last slice packs the layer for the next step, while it is in the cache.
    if (--unfinished_[slice.number] == 0) pack_layer(slice.number, adam.parameters);
  });
  packed_ = adam.parameters;
}

void VaeStep::gradient(ConstMatrix32 x, const std::uint32_t* rows, std::size_t count,
                       std::uint64_t first_noise, const VaeObjective& objective, const float* parameters,
                       float* gradient, VaeSums& sums) {
  packed_ = nullptr;
  pack(parameters);
  const Batch batch{x, rows, count, first_noise, objective, parameters};
  pass(batch, sums);
  slice_gradients(batch, gradient);
}

void VaeStep::pack(const float* parameters) {
  parallel_for(run_.threads, layout_.layers.size(),
               [&](std::size_t k, std::size_t) { pack_layer(k, parameters); });
}

// Packs a layer's weights in the orders of the two passes.
void VaeStep::pack_layer(std::size_t k, const float* parameters) {
  const VaeLayer& layer = layout_.layers[k];
  const float* weights = parameters + layer.weights;
  forward_weights_[k].pack(Transpose::kNo, weights, layer.out, layer.in, layer.out);
  if (k > 0) backward_weights_[k].pack(Transpose::kYes, weights, layer.out, layer.out, layer.in);
}

void VaeStep::pass(const Batch& batch, VaeSums& sums) {
  for (std::size_t k = 0; k < packed_delta_.size(); k++)
    packed_delta_[k].reshape(batch.count, layout_.layers[k].out);
  parallel_rows(run_.threads, batch.count, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  run_.monitor.check();
                  forward(batch, blocks_[block], begin, end - begin);
                  backward(batch, begin, end - begin);
                });
  sums.rows += static_cast<double>(batch.count);
  sums.mean.resize(layout_.latent);
  sums.mean_squares.resize(layout_.latent);
  for (std::size_t b = 0; b * kBlockRows < batch.count; b++) {
    const Block& block = blocks_[b];
    sums.squared_error += block.squared_error;
    sums.divergence += block.divergence;
    sums.charged += block.charged;
    sums.loss += 0.5 * block.squared_error + batch.objective.beta * block.charged;
    for (std::size_t j = 0; j < layout_.latent; j++) {
      sums.mean[j] += static_cast<double>(block.mean[j]);
      sums.mean_squares[j] += static_cast<double>(block.mean_squares[j]);
    }
  }
}

// Runs rows [begin, begin + count) of the batch through all layers, up to the gradient of the loss with
// respect to the output.
void VaeStep::forward(const Batch& batch, Block& block, std::size_t begin, std::size_t count) {
  const std::size_t d = layout_.input, latent = layout_.latent;
  float* x = &x_[begin * d];
  for (std::size_t i = 0; i < count; i++) {
    std::memcpy(x + i * d, batch.x.row(batch.rows[begin + i]), d * sizeof(float));
  }
  const float* in = x;
  for (std::size_t k = 0; k < layout_.layers.size(); k++) {
    const VaeLayer& layer = layout_.layers[k];
    if (k == layout_.encoder) {
      block.noise.fill(batch.first_noise + begin, count, &noise_[begin * latent]);
      block.divergence = block.charged = 0;
      std::fill(block.mean.begin(), block.mean.end(), 0.0F);
      std::fill(block.mean_squares.begin(), block.mean_squares.end(), 0.0F);
      for (std::size_t i = 0; i < count; i++) {
        const float* head = in + i * 2 * latent;
        const std::size_t at = (begin + i) * latent;
        float charged = 0;
        block.divergence += static_cast<double>(
            vae_simd().sample_code(head, &noise_[at], latent, static_cast<float>(batch.objective.free_bits),
                                   &deviation_[at], &code_[at], &charged));
        block.charged += static_cast<double>(charged);
        vae_simd().add_moments(head, latent, block.mean.data(), block.mean_squares.data());
      }
      in = &code_[begin * latent];
    }
    // The last layer writes into its delta, which the residual then turns into the loss's gradient in place.
    std::vector<float>& output = k + 1 == layout_.layers.size() ? delta_[k] : activation_[k];
    forward_weights_[k].multiply({in, layer.in, count}, {&output[begin * layer.out], layer.out,
                                                         batch.parameters + layer.bias, layer.relu});
    in = &output[begin * layer.out];
  }
  block.squared_error =
      vae_simd().residual(&delta_.back()[begin * d], x, count, d, 1.0F / static_cast<float>(batch.count));
}

// Computes the gradient of the loss with respect to every layer's sums, from the last layer to the first.
void VaeStep::backward(const Batch& batch, std::size_t begin, std::size_t count) {
  const std::size_t latent = layout_.latent;
  for (std::size_t k = layout_.layers.size(); k-- > 0;) {
    const VaeLayer& layer = layout_.layers[k];
    const float* delta = &delta_[k][begin * layer.out];
    packed_delta_[k].put_rows(begin, count, delta, layer.out);
    if (k == 0) break;
    const bool first_of_decoder = k == layout_.encoder;
    float* to = first_of_decoder ? &code_gradient_[begin * latent] : &delta_[k - 1][begin * layer.in];
    backward_weights_[k].multiply({delta, layer.out, count}, {to, layer.in});
    if (!first_of_decoder) {
      vae_simd().relu_backward(to, &activation_[k - 1][begin * layer.in], count * layer.in);
      continue;
    }
    const auto weight = static_cast<float>(batch.objective.beta / static_cast<double>(batch.count));
    const auto free_bits = static_cast<float>(batch.objective.free_bits);
    for (std::size_t i = begin; i < begin + count; i++) {
      vae_simd().code_backward(&activation_[k - 1][i * 2 * latent], &noise_[i * latent],
                               &deviation_[i * latent], &code_gradient_[i * latent], latent, free_bits,
                               weight, &delta_[k - 1][i * 2 * latent]);
    }
  }
}

void VaeStep::slice_gradients(const Batch& batch, float* gradient) const {
  parallel_for(run_.threads, slices_.size(), [&](std::size_t s, std::size_t) {
    const Slice& slice = slices_[s];
    slice_gradient(batch, slice, gradient + slice.weights(), gradient + slice.layer->bias);
  });
}

void VaeStep::slice_gradient(const Batch& batch, const Slice& slice, float* weights, float* bias) const {
  run_.monitor.check();
  const VaeLayer& layer = *slice.layer;
  const std::size_t k = slice.number;
  const float* in = k == 0 ? x_.data() : k == layout_.encoder ? code_.data() : activation_[k - 1].data();
  packed_delta_[k].multiply({in + slice.begin, layer.in, slice.end - slice.begin, true},
                            {weights, layer.out});
  if (slice.takes_bias()) vae_simd().column_sums(delta_[k].data(), batch.count, layer.out, bias);
}

void VaeStep::update(const Slice& slice, const float* weights, const float* bias, const VaeAdam& adam,
                     double factor) const {
  const auto step = static_cast<double>(adam.step);
  const AdamStep constants{static_cast<float>(adam.learning_rate / (1 - std::pow(0.9, step))),
                           static_cast<float>(1 / (1 - std::pow(0.999, step))), static_cast<float>(factor)};
  const auto run = [&](std::size_t at, const float* gradient, std::size_t count) {
    vae_simd().adam(adam.parameters + at, gradient, adam.first_moment + at, adam.second_moment + at, count,
                    constants);
  };
  run(slice.weights(), weights, slice.size());
  if (slice.takes_bias()) run(slice.layer->bias, bias, slice.layer->out);
}

double VaeStep::gradient_norm() const {
  return std::sqrt(vae_simd().squared_norm(gradient_.data(), gradient_.size()));
}

}  // namespace god
