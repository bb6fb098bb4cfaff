#include "pca/pca.hpp"

#include <algorithm>

#include "arguments.hpp"

namespace god {

namespace {

// outputs { mean f64[d], components k x d, explainedVariance f64[min(n, d)], deviation f64[d] or absent }.
PcaOutputs fitted(Arguments& args, std::size_t n, std::size_t d) {
  return {args.out<Napi::Float64Array>("mean", d), args.matrix_out("components"),
          args.out<Napi::Float64Array>("explainedVariance", std::min(n, d)),
          args.has_output("deviation") ? args.out<Napi::Float64Array>("deviation", d) : nullptr};
}

constexpr std::size_t kPhases = 11;

// outputs { seconds f64[11] or absent }: where the time goes, as in PcaSeconds.
double* seconds_out(Arguments& args) {
  return args.has_output("seconds") ? args.out<Napi::Float64Array>("seconds", kPhases) : nullptr;
}

// Calls work(clock) and writes the seconds, if they are wanted, in the order of PcaSeconds.
template <class Work>
void with_seconds(double* out, Work&& work) {
  PcaSeconds s;
  work(out == nullptr ? nullptr : &s);
  if (out == nullptr) return;
  const double phases[kPhases] = {s.moments,    s.exact,           s.packing,        s.squares,
                                  s.adding,     s.eigen.reduction, s.eigen.spectrum, s.eigen.transformation,
                                  s.projection, s.centering,       s.products};
  std::copy(phases, phases + kPhases, out);
}

}  // namespace

// inputs { X }, options { threads }, outputs of fitted and seconds_out.
Napi::Value pca_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const PcaOutputs out = fitted(args, x.rows, x.cols);
  double* seconds = seconds_out(args);
  return args.start(
      [=](Run run) { with_seconds(seconds, [&](PcaSeconds* clock) { pca_fit(x, run, out, clock); }); });
}

namespace {

// Reads moments from two typed arrays, mean f64[d] and scatter f64[d x d].
Moments read_moments(std::size_t count, const double* mean, const double* scatter, std::size_t d) {
  return {count, {mean, mean + d}, {scatter, scatter + d * d}};
}

void write_moments(const Moments& moments, double* mean, double* scatter) {
  std::copy(moments.mean.begin(), moments.mean.end(), mean);
  std::copy(moments.scatter.begin(), moments.scatter.end(), scatter);
}

}  // namespace

// Adds the whole blocks of `pending` with X below it. inputs { mean, scatter, pending, X }, options {
// threads, count }, outputs { mean, scatter (not the inputs' arrays, so that a call that fails changes
// nothing), added f64[1]: number of rows added }.
Napi::Value pca_accumulate_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const StackedRows x{args.matrix_in("pending"), args.matrix_in("X")};
  const std::size_t d = x.cols();
  const std::size_t count = args.size("count");
  const double* mean = args.in<Napi::Float64Array>("mean", d);
  const double* scatter = args.in<Napi::Float64Array>("scatter", d * d);
  double* mean_out = args.out<Napi::Float64Array>("mean", d);
  double* scatter_out = args.out<Napi::Float64Array>("scatter", d * d);
  double* added = args.out<Napi::Float64Array>("added", 1);
  return args.start([=](Run run) {
    Moments moments = read_moments(count, mean, scatter, d);
    added[0] = static_cast<double>(add_whole_blocks(moments, x, run));
    write_moments(moments, mean_out, scatter_out);
  });
}

// inputs { mean, scatter, pending, otherMean, otherScatter, otherPending }, options { threads, count,
// otherCount }, outputs { mean, scatter }.
Napi::Value pca_merge_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 pending = args.matrix_in("pending"), other_pending = args.matrix_in("otherPending");
  const std::size_t d = pending.cols;
  const std::size_t count = args.size("count"), other_count = args.size("otherCount");
  const double* mean = args.in<Napi::Float64Array>("mean", d);
  const double* scatter = args.in<Napi::Float64Array>("scatter", d * d);
  const double* other_mean = args.in<Napi::Float64Array>("otherMean", d);
  const double* other_scatter = args.in<Napi::Float64Array>("otherScatter", d * d);
  double* mean_out = args.out<Napi::Float64Array>("mean", d);
  double* scatter_out = args.out<Napi::Float64Array>("scatter", d * d);
  return args.start([=](Run run) {
    const ConstMatrix32 none{nullptr, 0, d};
    Moments moments = read_moments(count, mean, scatter, d);
    Moments other = read_moments(other_count, other_mean, other_scatter, d);
    add_rows(moments, {none, pending}, run, 0.5);
    add_rows(other, {none, other_pending}, run, 1);
    add_moments(moments, other);
    write_moments(moments, mean_out, scatter_out);
  });
}

// inputs { mean, scatter, pending }, options { threads, count }, outputs as pcaFit.
Napi::Value pca_finish_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 pending = args.matrix_in("pending");
  const std::size_t d = pending.cols;
  const std::size_t count = args.size("count");
  const double* mean = args.in<Napi::Float64Array>("mean", d);
  const double* scatter = args.in<Napi::Float64Array>("scatter", d * d);
  const PcaOutputs out = fitted(args, count + pending.rows, d);
  return args.start([=](Run run) {
    Moments moments = read_moments(count, mean, scatter, d);
    add_rows(moments, {{nullptr, 0, d}, pending}, run, 0.5);
    pca_from_moments(std::move(moments), run, out);
  });
}

// inputs { X, mean, components, scale }, options { threads }, outputs { Z } and seconds_out.
Napi::Value pca_transform_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const ConstMatrix32 components = args.matrix_in("components");
  const double* mean = args.in<Napi::Float64Array>("mean", components.cols);
  const double* scale = args.in<Napi::Float64Array>("scale", components.rows);
  const Matrix32 z = args.matrix_out("Z");
  double* seconds = seconds_out(args);
  return args.start([=](Run run) {
    with_seconds(seconds,
                 [&](PcaSeconds* clock) { pca_transform(x, mean, components, scale, run, z, clock); });
  });
}

// inputs { Z, mean, components, scale }, options { threads }, outputs { X }.
Napi::Value pca_inverse_transform_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 z = args.matrix_in("Z");
  const ConstMatrix32 components = args.matrix_in("components");
  const double* mean = args.in<Napi::Float64Array>("mean", components.cols);
  const double* scale = args.in<Napi::Float64Array>("scale", components.rows);
  const Matrix32 x = args.matrix_out("X");
  return args.start([=](Run run) { pca_inverse_transform(z, mean, components, scale, run, x); });
}

}  // namespace god
