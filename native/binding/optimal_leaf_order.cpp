#include "agglomerative/optimal_order.hpp"
#include "agglomerative_names.hpp"
#include "arguments.hpp"

namespace god {
namespace {

template <class Array>
Napi::Value order_by_distances(Arguments& args, const double* merges, std::size_t rows,
                               std::uint32_t* order) {
  const DistanceShape shape = args.flag("square") ? DistanceShape::kSquare : DistanceShape::kCondensed;
  const auto* distances =
      args.in<Array>("distances", args.flag("square") ? rows * rows : rows * (rows - 1) / 2);
  return args.start([=](Run run) { optimal_order_of_distances(merges, distances, shape, rows, run, order); });
}

}  // namespace

// inputs { merges f64[(n-1) * 4], and either X or distances f32 or f64 }, options { rows, metric (for X),
// square (for distances), threads }, outputs { order u32[n] }.
Napi::Value optimal_leaf_order_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::size_t rows = args.size("rows");
  if (rows == 0) throw Napi::RangeError::New(info.Env(), "Expected a tree of at least one leaf");
  const double* merges = args.in<Napi::Float64Array>("merges", (rows - 1) * 4);
  std::uint32_t* order = args.out<Napi::Uint32Array>("order", rows);
  if (!args.has_input("X")) {
    return args.holds<Napi::Float32Array>("distances")
               ? order_by_distances<Napi::Float32Array>(args, merges, rows, order)
               : order_by_distances<Napi::Float64Array>(args, merges, rows, order);
  }
  const ConstMatrix32 x = args.matrix_in("X");
  if (x.rows != rows) throw Napi::RangeError::New(info.Env(), "Expected `X` to have one row per leaf");
  const PointMetric metric = metric_named(args.text("metric"));
  return args.start([=](Run run) { optimal_order_of_points(merges, x, metric, run, order); });
}

// (rows, cols) -> the most bytes that it takes in addition to its input and output. cols = 0 for distances.
Napi::Value optimal_leaf_order_memory(const Napi::CallbackInfo& info) {
  const auto count = [&](std::size_t i) {
    return static_cast<std::size_t>(info[i].As<Napi::Number>().DoubleValue());
  };
  return Napi::Number::New(info.Env(), optimal_order_memory(count(0), count(1)));
}

}  // namespace god
