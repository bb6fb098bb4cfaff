#include "tsne/tsne.hpp"

#include "arguments.hpp"
#include "tsne/initial.hpp"
#include "tsne/placement.hpp"

namespace god {
namespace {

enum class Start { kPca, kRandom, kGiven };

Start start_of(const Arguments& args) {
  const std::string init = args.text("init");
  return init == "pca" ? Start::kPca : init == "random" ? Start::kRandom : Start::kGiven;
}

RepulsionMethod repulsion_of(const Arguments& args) {
  const std::string method = args.text("repulsion");
  return method == "fft"          ? RepulsionMethod::kGrid
         : method == "barnes-hut" ? RepulsionMethod::kCells
                                  : RepulsionMethod::kAuto;
}

TsneOptions options_of(const Arguments& args) {
  return {args.number("theta"),
          args.size("iterations"),
          args.number("earlyExaggeration"),
          args.size("exaggerationIterations"),
          args.number("learningRate"),
          args.number("momentum"),
          args.size("reportEvery"),
          args.flag("exactKL"),
          repulsion_of(args),
          args.size("iterationsWithoutProgress"),
          args.number("minProgress"),
          args.number("lateExaggeration")};
}

// Writes the seconds of the phases in this order.
void write_seconds(const PhaseSeconds& phases, double* out) {
  for (const double seconds : {phases.start, phases.affinities, phases.cells, phases.reorder, phases.forces,
                               phases.walk, phases.repulsion, phases.attraction, phases.step, phases.grid}) {
    *out++ = seconds;
  }
}

}  // namespace

// inputs { X, indices u32[n k], distances f32[n k] }, options { k, init: 'pca' | 'random' | 'given', seed,
// perplexity, theta, iterations, earlyExaggeration, exaggerationIterations, learningRate (0: automatic),
// momentum, reportEvery (0: never), exactKL, repulsion: 'auto' | 'barnes-hut' | 'fft',
// iterationsWithoutProgress (0: do not stop early), minProgress, lateExaggeration, threads }, outputs { Y n x
// dimensions (with 'given', the initial layout on entry), history f64[iterations / reportEvery], outcome
// f64[2]: divergence and iterations done, seconds? f64[10]: the time of each phase, see write_seconds }.
// Progress: 1 + the number of iterations done.
Napi::Value tsne_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  const Matrix32 layout = args.matrix_out("Y");
  const std::size_t n = layout.rows;
  const std::size_t k = args.size("k");
  const NeighborView neighbors{args.in<Napi::Uint32Array>("indices", n * k),
                               args.in<Napi::Float32Array>("distances", n * k), n, k};
  const Start start = start_of(args);
  const double perplexity = args.number("perplexity");
  const TsneOptions options = options_of(args);
  const std::uint64_t seed = args.seed();
  const std::size_t reports = options.report_every == 0 ? 0 : options.iterations / options.report_every;
  double* history = args.out<Napi::Float64Array>("history", reports);
  double* outcome = args.out<Napi::Float64Array>("outcome", 2);
  double* seconds = args.has_output("seconds") ? args.out<Napi::Float64Array>("seconds", 10) : nullptr;
  return args.start([=](Run run) {
    PhaseSeconds phases;
    PhaseSeconds* clock = seconds == nullptr ? nullptr : &phases;
    {
      const Stopwatch watch(clock, &PhaseSeconds::start);
      if (start == Start::kPca) initial_layout_pca(x, seed, run, layout);
      if (start == Start::kRandom) initial_layout_random(seed, layout);
    }
    Affinities affinities;
    {
      const Stopwatch watch(clock, &PhaseSeconds::affinities);
      affinities = joint_affinities(neighbors, perplexity, run);
    }
    const TsneResult result = tsne(std::move(affinities), options, run, layout, history, clock);
    outcome[0] = result.divergence;
    outcome[1] = static_cast<double>(result.iterations);
    if (seconds != nullptr) write_seconds(phases, seconds);
  });
}

// inputs { map m x dimensions, indices u32[n k], distances f32[n k]: neighbors among the map's rows },
// options { k, perplexity, iterations, threads }, outputs { Y n x dimensions }.
Napi::Value tsne_transform_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 map = args.matrix_in("map");
  const Matrix32 places = args.matrix_out("Y");
  const std::size_t k = args.size("k");
  const NeighborView neighbors{args.in<Napi::Uint32Array>("indices", places.rows * k),
                               args.in<Napi::Float32Array>("distances", places.rows * k), places.rows, k};
  const double perplexity = args.number("perplexity");
  const std::size_t iterations = args.size("iterations");
  return args.start([=](Run run) { place_on_map(map, neighbors, perplexity, iterations, run, places); });
}

}  // namespace god
