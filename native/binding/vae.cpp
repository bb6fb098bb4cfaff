#include "vae/vae.hpp"

#include "arguments.hpp"
#include "vae/vae_offset.hpp"
#include "vae/vae_step.hpp"

namespace god {
namespace {

// Every call passes the model's shape: inputs { hidden u32[], ... }, options { input, latent, ... }.
VaeShape shape_of(Arguments& args) {
  VaeShape shape;
  shape.input = args.size("input");
  shape.latent = args.size("latent");
  const std::size_t count = args.input_length("hidden");
  const std::uint32_t* hidden = args.in<Napi::Uint32Array>("hidden", count);
  shape.hidden.assign(hidden, hidden + count);
  return shape;
}

const float* parameters_of(Arguments& args, const VaeShape& shape) {
  return args.in<Napi::Float32Array>("parameters", VaeLayout(shape).parameters);
}

const double* offset_of(Arguments& args, const VaeShape& shape) {
  return args.in<Napi::Float64Array>("offset", shape.input);
}

}  // namespace

// options { threads, known }, outputs { X, offset f64[cols] }. Writes the columns' means to `offset`, unless
// they are `known`, and subtracts `offset` from X in place.
Napi::Value vae_center_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const Matrix32 x = args.matrix_out("X");
  double* offset = args.out<Napi::Float64Array>("offset", x.cols);
  const bool known = args.flag("known");
  return args.start([=](Run run) {
    if (!known) vae_offset(x, run, offset);
    vae_shift(x, -1, offset, run);
  });
}

// inputs { X, hidden, groups u32[rows] }, options { input, latent, beta, warmup, learningRate, validation,
// freeBits, clipNorm, epochs, patience, batch, groupCount, seed, threads, done }, outputs { parameters,
// firstMoment, secondMoment, best: f32[parameters], history f64[epochs x kVaeHistory], groupHistory
// f64[epochs x groupCount x kVaeQuality], outcome f64[3] (VaeOutcome) }. On entry, the outputs hold the
// checkpoint to continue from. `groups` is not read if groupCount is 0. Progress: the number of epochs done,
// including a fraction of the current one.
Napi::Value vae_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const VaeShape shape = shape_of(args);
  VaeTraining training;
  training.beta = args.number("beta");
  training.warmup = args.number("warmup");
  training.learning_rate = args.number("learningRate");
  training.validation = args.number("validation");
  training.free_bits = args.number("freeBits");
  training.clip_norm = args.number("clipNorm");
  training.epochs = args.size("epochs");
  training.patience = args.size("patience");
  training.batch = args.size("batch");
  training.seed = args.seed();
  training.group_count = args.size("groupCount");
  if (training.group_count > 0) training.groups = args.in<Napi::Uint32Array>("groups", x.rows);
  const std::size_t count = VaeLayout(shape).parameters;
  const VaeState state{
      args.out<Napi::Float32Array>("parameters", count),
      args.out<Napi::Float32Array>("firstMoment", count),
      args.out<Napi::Float32Array>("secondMoment", count),
      args.out<Napi::Float32Array>("best", count),
      args.out<Napi::Float64Array>("history", training.epochs * kVaeHistory),
      args.out<Napi::Float64Array>("groupHistory", training.epochs * training.group_count * kVaeQuality),
      args.size("done")};
  double* outcome = args.out<Napi::Float64Array>("outcome", 3);
  return args.start([=](Run run) {
    const VaeOutcome ended = vae_fit(x, shape, training, state, run);
    outcome[0] = static_cast<double>(ended.epochs);
    outcome[1] = static_cast<double>(ended.losses);
    outcome[2] = static_cast<double>(ended.step);
  });
}

// inputs { hidden, parameters, offset f64[input] }, options { input, latent, threads }, outputs { X, mean,
// logVariance }. X is centered in place.
Napi::Value vae_encode_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const Matrix32 x = args.matrix_out("X");
  const VaeShape shape = shape_of(args);
  const float* parameters = parameters_of(args, shape);
  const double* offset = offset_of(args, shape);
  const Matrix32 mean = args.matrix_out("mean");
  const Matrix32 log_variance = args.matrix_out("logVariance");
  return args.start([=](Run run) {
    vae_shift(x, -1, offset, run);
    vae_encode(x, shape, parameters, run, mean, log_variance);
  });
}

// inputs { Z, hidden, parameters, offset f64[input] }, options { input, latent, threads }, outputs { X }.
Napi::Value vae_decode_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 z = args.matrix_in("Z");
  const VaeShape shape = shape_of(args);
  const float* parameters = parameters_of(args, shape);
  const double* offset = offset_of(args, shape);
  const Matrix32 x = args.matrix_out("X");
  return args.start([=](Run run) {
    vae_decode(z, shape, parameters, run, x);
    vae_shift(x, 1, offset, run);
  });
}

// inputs { hidden, parameters, offset f64[input], groups u32[rows] }, options { input, latent, beta,
// freeBits, groupCount, seed, threads }, outputs { X, quality f64[(groupCount + 1) x kVaeQuality] }: the
// figures of each group, then of all rows. X is centered in place.
Napi::Value vae_evaluate_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const Matrix32 x = args.matrix_out("X");
  const VaeShape shape = shape_of(args);
  const float* parameters = parameters_of(args, shape);
  const double* offset = offset_of(args, shape);
  VaeEvaluation options;
  options.beta = args.number("beta");
  options.free_bits = args.number("freeBits");
  options.seed = args.seed();
  options.groups = args.in<Napi::Uint32Array>("groups", x.rows);
  options.group_count = args.size("groupCount");
  double* quality = args.out<Napi::Float64Array>("quality", (options.group_count + 1) * kVaeQuality);
  return args.start([=](Run run) {
    vae_shift(x, -1, offset, run);
    vae_evaluate(x, shape, parameters, options, run, quality);
  });
}

// The gradient of the first batch of rows, for comparison with automatic differentiation.
// inputs { X, hidden, parameters, rows u32[] }, options { input, latent, beta, freeBits, seed, threads },
// outputs { gradient f32[parameters], loss f64[1] }.
Napi::Value vae_gradient_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const VaeShape shape = shape_of(args);
  const float* parameters = parameters_of(args, shape);
  const std::size_t count = args.input_length("rows");
  const std::uint32_t* rows = args.in<Napi::Uint32Array>("rows", count);
  const VaeObjective objective{args.number("beta"), args.number("freeBits"), 0};
  const std::uint64_t seed = args.seed();
  float* gradient = args.out<Napi::Float32Array>("gradient", VaeLayout(shape).parameters);
  double* loss = args.out<Napi::Float64Array>("loss", 1);
  return args.start([=](Run run) {
    const VaeLayout layout(shape);
    VaeSums sums;
    VaeStep(layout, count, seed, run).gradient(x, rows, count, 0, objective, parameters, gradient, sums);
    *loss = sums.loss / sums.rows;
  });
}

}  // namespace god
