#include "vae/vae.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/parallel.hpp"
#include "base/random.hpp"
#include "vae/vae_layers.hpp"
#include "vae/vae_random.hpp"

namespace god {
namespace {

// Rows of a block.
constexpr std::size_t kRows = 256;

// Calls f(first row, number of rows, worker) for blocks of n rows, in parallel.
template <class F>
void for_row_blocks(Run run, std::size_t n, F f) {
  parallel_rows(run.threads, n, kRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  run.monitor.check();
                  f(begin, end - begin, worker);
                });
}

// Sums over the rows of one group.
struct GroupSums {
  explicit GroupSums(const VaeLayout& layout)
      : column(layout.input),
        column_squares(layout.input),
        mean(layout.latent),
        mean_squares(layout.latent) {}
  double rows = 0;
  double reconstruction = 0, divergence = 0, charged = 0, squared_error = 0;
  std::vector<double> column, column_squares, mean, mean_squares;

  void write(double beta, double* quality) const {
    if (rows == 0) {
      std::fill_n(quality, kVaeQuality, 0.0);
      return;
    }
    double variation = 0;
    for (std::size_t j = 0; j < column.size(); j++) {
      variation += std::max(0.0, column_squares[j] - column[j] * column[j] / rows);
    }
    quality[0] = (reconstruction + beta * charged) / rows;
    quality[1] = reconstruction / rows;
    quality[2] = divergence / rows;
    quality[3] = vae_explained(squared_error, variation);
    quality[4] = vae_active_units(mean.data(), mean_squares.data(), mean.size(), rows);
  }
};

void add_columns(const float* x, std::size_t count, std::vector<double>& sums, std::vector<double>& squares) {
  for (std::size_t j = 0; j < count; j++) {
    const double v = x[j];
    sums[j] += v;
    squares[j] += v * v;
  }
}

// What vae_evaluate keeps of each row of a wave of blocks, until the rows are added to the groups' sums in
// order.
struct RowScores {
  RowScores(std::size_t rows, const VaeLayout& layout)
      : mean(rows * layout.latent),
        reconstruction(rows),
        squared_error(rows),
        divergence(rows),
        charged(rows) {}
  std::vector<float> mean;
  std::vector<double> reconstruction, squared_error, divergence, charged;
};

void add_row(const RowScores& scores, std::size_t i, const float* x, GroupSums& sums) {
  sums.rows++;
  sums.reconstruction += scores.reconstruction[i];
  sums.divergence += scores.divergence[i];
  sums.charged += scores.charged[i];
  sums.squared_error += scores.squared_error[i];
  add_columns(x, sums.column.size(), sums.column, sums.column_squares);
  add_columns(&scores.mean[i * sums.mean.size()], sums.mean.size(), sums.mean, sums.mean_squares);
}

// Scores rows of x. `rows` holds the indices of `count` rows, whose places in the wave begin at `place`.
class RowScorer {
 public:
  RowScorer(const VaeLayout& layout, const VaeNetwork& network, const VaeEvaluation& options)
      : layout_(layout),
        options_(options),
        noise_source_(options.seed, VaeStream::kScoreNoise, layout.latent),
        pass_(network, kRows),
        x_(kRows * layout.input),
        head_(kRows * 2 * layout.latent),
        noise_(kRows * layout.latent),
        deviation_(kRows * layout.latent),
        code_(kRows * layout.latent),
        reconstruction_(kRows * layout.input) {}

  void score(ConstMatrix32 x, std::size_t first, std::size_t count, std::size_t place, RowScores& out) {
    const std::size_t d = layout_.input, latent = layout_.latent;
    for (std::size_t i = 0; i < count; i++) {
      const std::size_t row = options_.rows == nullptr ? first + i : options_.rows[first + i];
      std::memcpy(&x_[i * d], x.row(row), d * sizeof(float));
    }
    pass_.encode(x_.data(), count, head_.data());
    noise_source_.fill(first, count, noise_.data());
    for (std::size_t i = 0; i < count; i++) {
      const float* head = &head_[i * 2 * latent];
      std::memcpy(&out.mean[(place + i) * latent], head, latent * sizeof(float));
      float charged = 0;
      out.divergence[place + i] = static_cast<double>(
          vae_simd().sample_code(head, &noise_[i * latent], latent, static_cast<float>(options_.free_bits),
                                 &deviation_[i * latent], &code_[i * latent], &charged));
      out.charged[place + i] = static_cast<double>(charged);
    }
    squared_errors(code_.data(), count, 0.5, &out.reconstruction[place]);
    squared_errors(&out.mean[place * latent], count, 1.0, &out.squared_error[place]);
  }

 private:
  void squared_errors(const float* code, std::size_t count, double factor, double* errors) {
    const std::size_t d = layout_.input;
    pass_.decode(code, count, reconstruction_.data());
    for (std::size_t i = 0; i < count; i++) {
      errors[i] = factor * vae_simd().residual(&reconstruction_[i * d], &x_[i * d], 1, d, 1.0F);
    }
  }

  const VaeLayout& layout_;
  const VaeEvaluation& options_;
  VaeNoise noise_source_;
  VaeNetwork::Pass pass_;
  std::vector<float> x_, head_, noise_, deviation_, code_, reconstruction_;
};

}  // namespace

VaeLayout::VaeLayout(const VaeShape& shape) : input(shape.input), latent(shape.latent), parameters(0) {
  const auto add = [this](std::size_t in, std::size_t out, bool relu) {
    layers.push_back({in, out, parameters, parameters + in * out, relu});
    parameters += in * out + out;
    return out;
  };
  std::size_t width = input;
  for (const std::size_t hidden : shape.hidden) width = add(width, hidden, true);
  add(width, 2 * latent, false);
  encoder = layers.size();
  width = latent;
  for (auto hidden = shape.hidden.rbegin(); hidden != shape.hidden.rend(); ++hidden) {
    width = add(width, *hidden, true);
  }
  add(width, input, false);
}

void vae_initialize(const VaeShape& shape, std::uint64_t seed, float* parameters) {
  const RandomStream random(seed, static_cast<std::uint64_t>(VaeStream::kWeights));
  std::uint64_t drawn = 0;
  for (const VaeLayer& layer : VaeLayout(shape).layers) {
    const double limit = std::sqrt(6.0 / static_cast<double>(layer.in + layer.out));
    float* weights = parameters + layer.weights;
    for (std::size_t i = 0; i < layer.in * layer.out; i++) {
      weights[i] = static_cast<float>((2.0 * random.uniform(drawn++) - 1.0) * limit);
    }
    std::fill_n(parameters + layer.bias, layer.out, 0.0F);
  }
}

void vae_encode(ConstMatrix32 x, const VaeShape& shape, const float* parameters, Run run, Matrix32 mean,
                Matrix32 log_variance) {
  check_finite(x, "X", run.threads);
  const VaeLayout layout(shape);
  const std::size_t latent = layout.latent;
  const VaeNetwork network(layout, parameters);
  WorkerOwned<VaeNetwork::Pass> passes(run.threads, [&] { return VaeNetwork::Pass(network, kRows); });
  WorkerOwned<std::vector<float>> heads(run.threads, [&] { return std::vector<float>(kRows * 2 * latent); });
  for_row_blocks(run, x.rows, [&](std::size_t first, std::size_t count, std::size_t worker) {
    float* head = heads[worker].data();
    passes[worker].encode(x.row(first), count, head);
    for (std::size_t i = 0; i < count; i++, head += 2 * latent) {
      std::memcpy(mean.row(first + i), head, latent * sizeof(float));
      std::memcpy(log_variance.row(first + i), head + latent, latent * sizeof(float));
    }
    check_finite_output({mean.row(first), count, latent}, x, "X");
    check_finite_output({log_variance.row(first), count, latent}, x, "X");
  });
}

void vae_decode(ConstMatrix32 z, const VaeShape& shape, const float* parameters, Run run, Matrix32 x) {
  check_finite(z, "Z", run.threads);
  const VaeLayout layout(shape);
  const VaeNetwork network(layout, parameters);
  WorkerOwned<VaeNetwork::Pass> passes(run.threads, [&] { return VaeNetwork::Pass(network, kRows); });
  for_row_blocks(run, z.rows, [&](std::size_t first, std::size_t count, std::size_t worker) {
    passes[worker].decode(z.row(first), count, x.row(first));
    check_finite_output({x.row(first), count, x.cols}, z, "Z");
  });
}

void vae_evaluate(ConstMatrix32 x, const VaeShape& shape, const float* parameters,
                  const VaeEvaluation& options, Run run, double* quality) {
  // This many rows are scored in parallel, then summed in order.
  constexpr std::size_t kWave = 64 * kRows;
  const bool every_row = options.rows == nullptr;
  if (every_row) check_finite(x, "X", run.threads);  // training chooses rows and has checked them
  const VaeLayout layout(shape);
  const std::size_t n = every_row ? x.rows : options.row_count;
  RowScores scores(std::min(n, kWave), layout);
  const VaeNetwork network(layout, parameters);
  WorkerOwned<RowScorer> scorers(run.threads, [&] { return RowScorer(layout, network, options); });
  // `all` is summed row by row, too: its bits must not depend on the groups.
  GroupSums all(layout);
  std::vector<GroupSums> groups(options.groups == nullptr ? 0 : options.group_count, GroupSums(layout));
  for (std::size_t begin = 0; begin < n; begin += kWave) {
    for_row_blocks(run, std::min(kWave, n - begin),
                   [&](std::size_t place, std::size_t count, std::size_t worker) {
                     scorers[worker].score(x, begin + place, count, place, scores);
                   });
    for (std::size_t i = 0; i < std::min(kWave, n - begin); i++) {
      const std::size_t row = every_row ? begin + i : options.rows[begin + i];
      add_row(scores, i, x.row(row), all);
      if (options.groups != nullptr) add_row(scores, i, x.row(row), groups[options.groups[begin + i]]);
    }
  }
  for (std::size_t g = 0; g < options.group_count; g++, quality += kVaeQuality) {
    (options.groups == nullptr ? all : groups[g]).write(options.beta, quality);
  }
  all.write(options.beta, quality);
}

}  // namespace god
