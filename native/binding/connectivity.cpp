#include "agglomerative/connectivity.hpp"

#include <functional>

#include "agglomerative_names.hpp"
#include "arguments.hpp"

namespace god {
namespace {

using Work = std::function<void(Run)>;

// What both kinds of fit read: the links of n rows, what to do if they leave several components, the outputs.
struct Common {
  Common(Arguments& args, std::size_t rows)
      : links{args.in<Napi::Uint32Array>("targets", args.input_length("targets")),
              args.in<Napi::Uint32Array>("counts", rows), rows, args.input_length("targets")},
        linkage(linkage_named(args.text("linkage"))),
        disconnected(args.flag("join") ? Disconnected::kJoin : Disconnected::kLeave),
        merges(args.out<Napi::Float64Array>("merges", rows == 0 ? 0 : (rows - 1) * 4)),
        components(args.out<Napi::Float64Array>("components", 1)) {}

  RowLinks links;
  Linkage linkage;
  Disconnected disconnected;
  double* merges;
  double* components;
};

Work fit_points(Arguments& args) {
  const ConstMatrix32 x = args.matrix_in("X");
  const Common fit(args, x.rows);
  const PointMetric metric = metric_named(args.text("metric"));
  return [=](Run run) {
    *fit.components = static_cast<double>(
        connectivity_linkage(x, fit.links, fit.linkage, metric, fit.disconnected, run, fit.merges));
  };
}

template <class Array>
Work fit_distances_of(Arguments& args) {
  const std::size_t rows = args.size("rows");
  const Common fit(args, rows);
  const bool square = args.flag("square");
  const auto* distances = args.in<Array>("distances", square ? rows * rows : rows * (rows - 1) / 2);
  const DistanceShape shape = square ? DistanceShape::kSquare : DistanceShape::kCondensed;
  const Precision precision = args.flag("float64") ? Precision::kFloat64 : Precision::kFloat32;
  return [=](Run run) {
    *fit.components = static_cast<double>(connectivity_linkage_of_distances(
        distances, shape, fit.links, fit.linkage, precision, fit.disconnected, run, fit.merges));
  };
}

}  // namespace

// inputs { X, targets u32[links], counts u32[n] }, options { linkage, metric, join, threads }, outputs {
// merges f64[(n-1) * 4], components f64[1] }: if there is more than one component and `join` is false, only
// their number is written.
Napi::Value connectivity_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  return args.start(fit_points(args));
}

// The same with inputs { distances f32 or f64, targets, counts } and options { rows, square, float64, linkage,
// join, threads }.
Napi::Value connectivity_fit_distances_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  return args.start(args.holds<Napi::Float32Array>("distances") ? fit_distances_of<Napi::Float32Array>(args)
                                                                : fit_distances_of<Napi::Float64Array>(args));
}

// (rows, cols, links) -> bytes that the fit takes in addition to its input and output.
Napi::Value connectivity_memory(const Napi::CallbackInfo& info) {
  const auto count = [&](std::size_t i) {
    return static_cast<std::size_t>(info[i].As<Napi::Number>().DoubleValue());
  };
  return Napi::Number::New(info.Env(), connectivity_linkage_memory(count(0), count(1), count(2)));
}

}  // namespace god
