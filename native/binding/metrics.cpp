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
  return args.start([=](Run run) { *value = trustworthiness(x, y, neighbors, run); });
}

namespace {

Metric metric_of(const Arguments& args) {
  return args.flag("cosine") ? Metric::kCosine : Metric::kEuclidean;
}

}  // namespace

// inputs { X, labels i32[ways x n] }, options { ways, clusters, cosine, threads }, outputs { values f64[ways x n] }.
Napi::Value silhouette_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const std::size_t ways = args.size("ways");
  const std::int32_t* labels = args.in<Napi::Int32Array>("labels", ways * x.rows);
  double* values = args.out<Napi::Float64Array>("values", ways * x.rows);
  const std::size_t clusters = args.size("clusters");
  const Metric metric = metric_of(args);
  return args.start([=](Run run) { silhouette(x, labels, ways, clusters, metric, run, values); });
}

// inputs { X, labels i32[n] }, options { clusters, cosine, threads }, outputs { rows i32[clusters] }.
Napi::Value medoids_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const std::int32_t* labels = args.in<Napi::Int32Array>("labels", x.rows);
  const std::size_t clusters = args.size("clusters");
  std::int32_t* rows = args.out<Napi::Int32Array>("rows", clusters);
  const Metric metric = metric_of(args);
  return args.start([=](Run run) { medoids(x, labels, clusters, metric, run, rows); });
}

}  // namespace god
