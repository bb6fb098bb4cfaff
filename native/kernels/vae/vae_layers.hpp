// The forward pass shared by training and inference.
#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/blas.hpp"
#include "vae/vae.hpp"
#include "vae/vae_simd.hpp"

namespace god {

// One value for each worker of a parallel section, made when the worker first asks for it.
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

// out = x W + b (and ReLU) for `rows` rows.
inline void vae_layer_forward(const VaeLayer& layer, const float* parameters, const float* x,
                              std::size_t rows, float* out) {
  gemm(Transpose::kNo, Transpose::kNo, {rows, layer.out, layer.in}, 1.0F, x, layer.in,
       parameters + layer.weights, layer.out, 0.0F, out, layer.out);
  vae_simd().add_bias(out, parameters + layer.bias, rows, layer.out, layer.relu);
}

// Encoding and decoding of up to max_rows rows, with its own scratch memory for what lies between.
class VaePass {
 public:
  VaePass(const VaeLayout& layout, std::size_t max_rows) : layout_(&layout) {
    std::size_t widest = 0;
    for (const VaeLayer& layer : layout.layers) widest = std::max(widest, layer.out);
    for (std::vector<float>& buffer : scratch_) buffer.resize(max_rows * widest);
  }
  // head: rows x 2 latent, each row the means and then the log variances
  void encode(const float* parameters, const float* x, std::size_t rows, float* head) {
    run(0, layout_->encoder, parameters, x, rows, head);
  }
  void decode(const float* parameters, const float* code, std::size_t rows, float* out) {
    run(layout_->encoder, layout_->layers.size(), parameters, code, rows, out);
  }

 private:
  void run(std::size_t first, std::size_t last, const float* parameters, const float* in, std::size_t rows,
           float* out) {
    for (std::size_t k = first; k < last; k++) {
      float* next = k + 1 == last ? out : scratch_[k % 2].data();
      vae_layer_forward(layout_->layers[k], parameters, in, rows, next);
      in = next;
    }
  }

  const VaeLayout* layout_;
  std::vector<float> scratch_[2];
};

// 1 - squared error / variation, 0 where nothing varies.
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
