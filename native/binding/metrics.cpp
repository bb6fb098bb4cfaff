#include "metrics/metrics.hpp"

#include "arguments.hpp"

namespace god {

// inputs { X, Y }, options { neighbors, threads }, outputs { value f64[1] }.
Napi::Value trustworthiness_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const ConstMatrix32 y = args.matrix_in("Y");
  double* value = args.out<Napi::Float64Array>("value", 1);
  const std::size_t neighbors = args.size("neighbors");
  const std::size_t threads = args.threads();
  return args.start([=](Monitor& monitor) { *value = trustworthiness(x, y, neighbors, threads, monitor); });
}

// inputs { X, labels i32[n] }, options { clusters, threads }, outputs { values f64[n] }.
Napi::Value silhouette_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const std::int32_t* labels = args.in<Napi::Int32Array>("labels", x.rows);
  double* values = args.out<Napi::Float64Array>("values", x.rows);
  const std::size_t clusters = args.size("clusters");
  const std::size_t threads = args.threads();
  return args.start([=](Monitor& monitor) { silhouette(x, labels, clusters, threads, monitor, values); });
}

}  // namespace god
