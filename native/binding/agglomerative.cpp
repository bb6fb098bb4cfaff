#include <functional>

#include "agglomerative/linkage.hpp"
#include "agglomerative_names.hpp"
#include "arguments.hpp"

namespace god {
namespace {

Precision precision_of(const Arguments& args) {
  return args.flag("float64") ? Precision::kFloat64 : Precision::kFloat32;
}

std::size_t merge_values(std::size_t rows) {
  return rows == 0 ? 0 : (rows - 1) * 4;
}

using Work = std::function<void(Run)>;

// inputs { X }, options { linkage, metric, float64, threads }, outputs { merges f64[(n-1) * 4] }.
Work fit_points(Arguments& args) {
  const ConstMatrix32 x = args.matrix_in("X");
  double* merges = args.out<Napi::Float64Array>("merges", merge_values(x.rows));
  const Linkage linkage = linkage_named(args.text("linkage"));
  const PointMetric metric = metric_named(args.text("metric"));
  const Precision precision = precision_of(args);
  return [=](Run run) { linkage_of_points(x, linkage, metric, precision, run, merges); };
}

template <class Array>
Work fit_distances_of(Arguments& args) {
  const std::size_t rows = args.size("rows");
  const bool square = args.flag("square");
  const DistanceShape shape = square ? DistanceShape::kSquare : DistanceShape::kCondensed;
  const auto* distances =
      args.in<Array>("distances", square || rows == 0 ? rows * rows : rows * (rows - 1) / 2);
  double* merges = args.out<Napi::Float64Array>("merges", merge_values(rows));
  const Linkage linkage = linkage_named(args.text("linkage"));
  const Recurrence recurrence = args.flag("unsquared") ? Recurrence::kAsGiven : Recurrence::kEuclidean;
  const Precision precision = precision_of(args);
  return [=](Run run) {
    linkage_of_distances(distances, shape, rows, linkage, recurrence, precision, run, merges);
  };
}

// inputs { distances f32 or f64 }, options { rows, square, linkage, unsquared, float64, threads }, outputs {
// merges f64[(n-1) * 4] }.
Work fit_distances(Arguments& args) {
  return args.holds<Napi::Float32Array>("distances") ? fit_distances_of<Napi::Float32Array>(args)
                                                     : fit_distances_of<Napi::Float64Array>(args);
}

// Does the work before it returns, for the synchronous agnes().
Napi::Value run_now(Napi::Env env, std::size_t threads, const Work& work) {
  try {
    Monitor monitor;
    work({threads, monitor});
  } catch (const std::exception& error) {
    throw Napi::RangeError::New(env, error.what());
  }
  return env.Undefined();
}

}  // namespace

Napi::Value agglomerative_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  return args.start(fit_points(args));
}

Napi::Value agglomerative_fit_distances_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  return args.start(fit_distances(args));
}

Napi::Value agglomerative_fit_now(const Napi::CallbackInfo& info) {
  Arguments args(info);
  return run_now(info.Env(), args.threads(), fit_points(args));
}

Napi::Value agglomerative_fit_distances_now(const Napi::CallbackInfo& info) {
  Arguments args(info);
  return run_now(info.Env(), args.threads(), fit_distances(args));
}

// The table of linkages, by name: { [name]: { squared, linear } }.
Napi::Value linkage_table(Napi::Env env) {
  Napi::Object table = Napi::Object::New(env);
  for (const LinkageTraits& traits : kLinkages) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("squared", traits.squared);
    entry.Set("linear", traits.linear);
    table.Set(traits.name, entry);
  }
  return table;
}

// (linkage, float64, fromPoints, rows, cols) -> bytes that the fit takes in addition to its input and output.
Napi::Value agglomerative_memory(const Napi::CallbackInfo& info) {
  const Linkage linkage = linkage_named(info[0].As<Napi::String>().Utf8Value());
  const Precision precision = info[1].As<Napi::Boolean>().Value() ? Precision::kFloat64 : Precision::kFloat32;
  const auto count = [&](std::size_t i) {
    return static_cast<std::size_t>(info[i].As<Napi::Number>().DoubleValue());
  };
  return Napi::Number::New(info.Env(), linkage_memory(linkage, precision, info[2].As<Napi::Boolean>().Value(),
                                                      count(3), count(4)));
}

}  // namespace god
