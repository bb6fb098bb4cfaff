#include "pca.hpp"

#include "arguments.hpp"

namespace god {

// inputs { X }, options { threads }, outputs { mean f64[d], components k x d, explainedVariance f64[min(n,
// d)] }.
Napi::Value pca_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const PcaOutputs out{args.out<Napi::Float64Array>("mean", x.cols), args.matrix_out("components"),
                       args.out<Napi::Float64Array>("explainedVariance", std::min(x.rows, x.cols))};
  const std::size_t threads = args.threads();
  return args.start([=](Monitor& monitor) { pca_fit(x, threads, monitor, out); });
}

// inputs { X, mean, components, scale }, options { threads }, outputs { Z }.
Napi::Value pca_transform_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const ConstMatrix32 components = args.matrix_in("components");
  const double* mean = args.in<Napi::Float64Array>("mean", components.cols);
  const double* scale = args.in<Napi::Float64Array>("scale", components.rows);
  const Matrix32 z = args.matrix_out("Z");
  const std::size_t threads = args.threads();
  return args.start(
      [=](Monitor& monitor) { pca_transform(x, mean, components, scale, threads, monitor, z); });
}

// inputs { Z, mean, components, scale }, options { threads }, outputs { X }.
Napi::Value pca_inverse_transform_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 z = args.matrix_in("Z");
  const ConstMatrix32 components = args.matrix_in("components");
  const double* mean = args.in<Napi::Float64Array>("mean", components.cols);
  const double* scale = args.in<Napi::Float64Array>("scale", components.rows);
  const Matrix32 x = args.matrix_out("X");
  const std::size_t threads = args.threads();
  return args.start(
      [=](Monitor& monitor) { pca_inverse_transform(z, mean, components, scale, threads, monitor, x); });
}

}  // namespace god
