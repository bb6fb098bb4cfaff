#include "agglomerative/connectivity.hpp"
#include "agglomerative_names.hpp"
#include "arguments.hpp"

namespace god {

// inputs { X, targets u32[links], counts u32[n] }, options { linkage, metric, join, threads }, outputs {
// merges f64[(n-1) * 4], components f64[1] }: if there is more than one component and `join` is false, only
// their number is written.
Napi::Value connectivity_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const std::size_t total = args.input_length("targets");
  const RowLinks links{args.in<Napi::Uint32Array>("targets", total),
                       args.in<Napi::Uint32Array>("counts", x.rows), x.rows, total};
  double* merges = args.out<Napi::Float64Array>("merges", x.rows == 0 ? 0 : (x.rows - 1) * 4);
  double* components = args.out<Napi::Float64Array>("components", 1);
  const Linkage linkage = linkage_named(args.text("linkage"));
  const PointMetric metric = metric_named(args.text("metric"));
  const Disconnected disconnected = args.flag("join") ? Disconnected::kJoin : Disconnected::kLeave;
  return args.start([=](Run run) {
    components[0] =
        static_cast<double>(connectivity_linkage(x, links, linkage, metric, disconnected, run, merges));
  });
}

// (rows, cols, links) -> bytes that the fit takes in addition to its input and output.
Napi::Value connectivity_memory(const Napi::CallbackInfo& info) {
  const auto count = [&](std::size_t i) {
    return static_cast<std::size_t>(info[i].As<Napi::Number>().DoubleValue());
  };
  return Napi::Number::New(info.Env(), connectivity_linkage_memory(count(0), count(1), count(2)));
}

}  // namespace god
