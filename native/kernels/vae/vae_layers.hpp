// What training and inference share: the network, and figures of its quality.
#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/products.hpp"
#include "vae/vae.hpp"
#include "vae/vae_simd.hpp"

namespace god {

// One value per worker of a parallel section, created when the worker first uses it.
template <class T>
class WorkerOwned {
 public:
  template <class Make>
  WorkerOwned(std::size_t workers, Make make) : values_(workers), make_(make) {}
  T& operator[](std::size_t worker) {
    if (!values_[worker]) values_[worker] = std::make_unique<T>(make_());
    return *values_[worker];
  }

 private:
  std::vector<std::unique_ptr<T>> values_;
  std::function<T()> make_;
};

// Encodes and decodes rows. The bits of a row do not depend on other rows (products.hpp).
class VaeNetwork {
 public:
  VaeNetwork(const VaeLayout& layout, const float* parameters) : layout_(&layout), parameters_(parameters) {
    for (const VaeLayer& layer : layout.layers)
      weights_.emplace_back(Transpose::kNo, parameters + layer.weights, layer.out, layer.in, layer.out);
  }

  // Scratch memory of one thread, for up to max_rows rows.
  class Pass {
   public:
    Pass(const VaeNetwork& network, std::size_t max_rows) : network_(&network) {
      std::size_t widest = 0;
      for (const VaeLayer& layer : network.layout_->layers) widest = std::max(widest, layer.out);
      for (std::vector<float>& buffer : scratch_) buffer.resize(max_rows * widest);
    }
    // head: rows x 2 latent, each row the means and then the log variances
    void encode(const float* x, std::size_t rows, float* head) {
      run(0, network_->layout_->encoder, x, rows, head);
    }
    void decode(const float* code, std::size_t rows, float* out) {
      run(network_->layout_->encoder, network_->layout_->layers.size(), code, rows, out);
    }

   private:
    void run(std::size_t first, std::size_t last, const float* in, std::size_t rows, float* out) {
      for (std::size_t k = first; k < last; k++) {
        const VaeLayer& layer = network_->layout_->layers[k];
        float* next = k + 1 == last ? out : scratch_[k % 2].data();
        network_->weights_[k].multiply({in, layer.in, rows},
                                       {next, layer.out, network_->parameters_ + layer.bias, layer.relu});
        in = next;
      }
    }

    const VaeNetwork* network_;
    std::vector<float> scratch_[2];
  };

 private:
  const VaeLayout* layout_;
  const float* parameters_;
  std::vector<PackedMatrix> weights_;
};

// R^2 = 1 - squared error / variation, or 0 if nothing varies.
inline double vae_explained(double squared_error, double variation) {
  return variation > 0 ? 1 - squared_error / variation : 0;
}

// How many of `count` units have a variance above .01 (Burda, Grosse and Salakhutdinov, "Importance weighted
// autoencoders", ICLR 2016, section 5), from sums and sums of squares over `rows` rows.
inline double vae_active_units(const double* sums, const double* squares, std::size_t count, double rows) {
  double active = 0;
  for (std::size_t j = 0; j < count; j++) {
    const double mean = sums[j] / rows;
    if (squares[j] / rows - mean * mean > 0.01) active++;
  }
  return active;
}

}  // namespace god
