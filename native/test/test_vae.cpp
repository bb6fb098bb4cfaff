// Expected losses and gradients come from a plain implementation in double precision in this file.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "support.hpp"
#include "vae/vae.hpp"
#include "vae/vae_offset.hpp"
#include "vae/vae_random.hpp"
#include "vae/vae_step.hpp"

using namespace god;

namespace {

// n x d rows on a curved surface of 3 hidden factors.
std::vector<float> factor_data(std::size_t n, std::size_t d) {
  const std::vector<float> factors = test::normals(n * 3, 1), mixing = test::normals(6 * d, 2);
  std::vector<float> x(n * d);
  for (std::size_t i = 0; i < n; i++) {
    const float* f = &factors[i * 3];
    const float features[] = {f[0], f[1], f[2], std::sin(f[0]), f[1] * f[2] / 2, std::cos(f[2])};
    for (std::size_t j = 0; j < d; j++) {
      for (std::size_t k = 0; k < 6; k++) x[i * d + j] += features[k] * mixing[k * d + j];
    }
  }
  return x;
}

// The mean loss of a batch in double precision, by the definition in vae.hpp.
double reference_loss(const VaeLayout& layout, const std::vector<double>& parameters,
                      const std::vector<float>& x, const std::vector<float>& noise, std::size_t rows,
                      const VaeObjective& objective) {
  const std::size_t d = layout.input, latent = layout.latent;
  double loss = 0;
  for (std::size_t i = 0; i < rows; i++) {
    std::vector<double> at(x.begin() + static_cast<long>(i * d), x.begin() + static_cast<long>((i + 1) * d));
    for (std::size_t k = 0; k < layout.layers.size(); k++) {
      const VaeLayer& layer = layout.layers[k];
      if (k == layout.encoder) {
        std::vector<double> code(latent);
        for (std::size_t j = 0; j < latent; j++) {
          const double mean = at[j], log_variance = at[latent + j];
          code[j] = mean + std::exp(log_variance / 2) * static_cast<double>(noise[i * latent + j]);
          const double kl = (mean * mean + std::exp(log_variance) - 1 - log_variance) / 2;
          loss += objective.beta * std::max(kl, objective.free_bits);
        }
        at = code;
      }
      std::vector<double> out(layer.out);
      for (std::size_t o = 0; o < layer.out; o++) {
        double sum = parameters[layer.bias + o];
        for (std::size_t j = 0; j < layer.in; j++)
          sum += at[j] * parameters[layer.weights + j * layer.out + o];
        out[o] = layer.relu ? std::max(0.0, sum) : sum;
      }
      at = out;
    }
    for (std::size_t j = 0; j < d; j++) {
      const double difference = at[j] - static_cast<double>(x[i * d + j]);
      loss += difference * difference / 2;
    }
  }
  return loss / static_cast<double>(rows);
}

void check_gradient(const VaeShape& shape, std::size_t rows, double beta, double free_bits) {
  const VaeLayout layout(shape);
  const std::vector<float> x = test::normals(rows * shape.input, 3);
  std::vector<float> parameters(layout.parameters), gradient(layout.parameters);
  vae_initialize(shape, 5, parameters.data());
  // Biases start at 0. Shift them, so that they are not a special case.
  const std::vector<float> shift = test::normals(1 * layout.parameters, 4);
  for (std::size_t p = 0; p < parameters.size(); p++) parameters[p] += 0.1F * shift[p];
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<float> noise(rows * shape.latent);
  VaeNoise(7, VaeStream::kNoise, shape.latent).fill(11, rows, noise.data());

  VaeSums sums;
  Monitor monitor;
  const VaeObjective objective{beta, free_bits, 0};
  VaeStep(layout, rows, 7, {2, monitor})
      .gradient({x.data(), rows, shape.input}, order.data(), rows, 11, objective, parameters.data(),
                gradient.data(), sums);

  std::vector<double> exact(parameters.begin(), parameters.end());
  CHECK(sums.loss / static_cast<double>(rows) ==
        doctest::Approx(reference_loss(layout, exact, x, noise, rows, objective)).epsilon(1e-5));
  constexpr double kStep = 1e-6;
  double worst = 0;
  for (std::size_t p = 0; p < exact.size(); p++) {
    const double kept = exact[p];
    exact[p] = kept + kStep;
    const double above = reference_loss(layout, exact, x, noise, rows, objective);
    exact[p] = kept - kStep;
    const double below = reference_loss(layout, exact, x, noise, rows, objective);
    exact[p] = kept;
    const double expected = (above - below) / (2 * kStep);
    const double error =
        std::fabs(expected - static_cast<double>(gradient[p])) / std::max(1.0, std::fabs(expected));
    worst = std::max(worst, error);
  }
  CHECK(worst < 1e-5);
}

struct Trained {
  std::vector<float> parameters, first, second, best;
  std::vector<double> history, group_history;
  std::size_t done = 0;

  Trained(const VaeShape& shape, std::size_t epochs)
      : history(epochs * kVaeHistory), group_history(epochs * 2 * kVaeQuality) {
    const std::size_t count = VaeLayout(shape).parameters;
    for (std::vector<float>* array : {&parameters, &first, &second, &best}) array->resize(count);
  }
  VaeState state() {
    return {parameters.data(), first.data(),         second.data(), best.data(),
            history.data(),    group_history.data(), done};
  }
  double validation(std::size_t epoch, std::size_t column) const {
    return history[epoch * kVaeHistory + 1 + kVaeQuality + column];
  }
};

const VaeShape kShape{12, {24, 16}, 5};

VaeTraining small_training() {
  VaeTraining training;
  training.beta = 0.5;
  training.warmup = 2;
  training.epochs = 8;
  training.batch = 100;
  training.validation = 0.2;
  training.seed = 3;
  return training;
}

Trained fit(const std::vector<float>& x, const VaeShape& shape, const VaeTraining& training,
            std::size_t threads = 1) {
  Trained trained(shape, training.epochs);
  Monitor monitor;
  trained.done = vae_fit({x.data(), x.size() / shape.input, shape.input}, shape, training, trained.state(),
                         {threads, monitor})
                     .epochs;
  CHECK(monitor.progress() == static_cast<double>(trained.done));
  return trained;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("the gradient of every parameter equals central differences in double precision") {
  check_gradient({6, {9, 7}, 3}, 70, 0.8, 0);
  check_gradient({5, {8}, 4}, 33, 0.8, 0.2);
  check_gradient({17, {}, 2}, 3, 1, 0);
  check_gradient({1, {20, 4, 19}, 1}, 1, 0.1, 0);
}

TEST_CASE("a step uses the given weights, whichever the previous step used") {
  const VaeShape shape{6, {9, 7}, 3};
  const VaeLayout layout(shape);
  const std::size_t rows = 70, n = layout.parameters;
  const std::vector<float> x = test::normals(rows * shape.input, 3);
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  Monitor monitor;
  for (const double clip : {0.0, 0.01}) {
    // Two models that learn in turns in one VaeStep, with a gradient in between, and each alone in a separate
    // one.
    const auto learn = [&](bool apart) {
      std::vector<float> learned;
      VaeSums sums;
      std::deque<VaeStep> steps;
      std::vector<std::vector<float>> models(2, std::vector<float>(n)), moments(4, std::vector<float>(n));
      for (std::uint64_t m = 0; m < 2; m++) {
        vae_initialize(shape, m, models[m].data());
        steps.emplace_back(layout, rows, 7, Run{2, monitor});
      }
      for (std::uint64_t t = 1; t <= 3; t++) {
        for (std::size_t m = 0; m < 2; m++) {
          VaeStep& step = steps[apart ? m : 0];
          step.train({x.data(), rows, shape.input}, order.data(), rows, t, {0.5, 0, clip},
                     {models[m].data(), moments[2 * m].data(), moments[2 * m + 1].data(), 1e-2, t}, sums);
          std::vector<float> gradient(n);
          if (!apart)
            step.gradient({x.data(), rows, shape.input}, order.data(), rows, t, {0.5, 0, 0},
                          models[1 - m].data(), gradient.data(), sums);
        }
      }
      for (const std::vector<float>& model : models)
        learned.insert(learned.end(), model.begin(), model.end());
      return learned;
    };
    CHECK(same_bits(learn(true), learn(false)));
  }
}

TEST_CASE("noise is standard normal and within 1e-6 of Box and Muller in double precision") {
  constexpr std::size_t kRows = 20000, kLatent = 5;
  std::vector<float> noise(kRows * kLatent);
  VaeNoise(42, VaeStream::kNoise, kLatent).fill(0, kRows, noise.data());
  const RandomStream random(42, static_cast<std::uint64_t>(VaeStream::kNoise));
  double worst = 0, sum = 0, squares = 0, fourth = 0;
  for (std::size_t i = 0; i < kRows; i++) {
    for (std::size_t j = 0; j < kLatent; j++) {
      const std::uint64_t bits = random.bits(i * 3 + j % 3);
      const double u = static_cast<double>((bits >> 40) + 1) / 16777216;
      const double v = static_cast<double>((bits & 0xFFFFFFFF) >> 8) / 16777216;
      const double angle = 6.283185307179586477 * v;
      const double expected = std::sqrt(-2 * std::log(u)) * (j < 3 ? std::cos(angle) : std::sin(angle));
      const double value = static_cast<double>(noise[i * kLatent + j]);
      worst = std::max(worst, std::fabs(value - expected));
      sum += value;
      squares += value * value;
      fourth += value * value * value * value;
    }
  }
  CHECK(worst < 1e-6);
  CHECK(sum / 1e5 == doctest::Approx(0).scale(1).epsilon(0.01));
  CHECK(squares / 1e5 == doctest::Approx(1).epsilon(0.02));
  CHECK(fourth / 1e5 == doctest::Approx(3).epsilon(0.05));
  std::vector<float> part(7 * kLatent);
  VaeNoise(42, VaeStream::kNoise, kLatent).fill(1234, 7, part.data());
  CHECK(std::equal(part.begin(), part.end(), noise.begin() + 1234 * kLatent));
}

TEST_CASE("permutations contain every number once, and the split divides one of them") {
  std::vector<std::uint32_t> order = vae_permutation(9, VaeStream::kShuffle, 500, 1000);
  CHECK(order != vae_permutation(9, VaeStream::kShuffle, 1500, 1000));
  std::sort(order.begin(), order.end());
  for (std::uint32_t i = 0; i < 1000; i++) CHECK(order[i] == i);
  const VaeSplit split = vae_split(9, 0.25, 1001);
  CHECK(split.validation.size() == 250);
  std::vector<std::uint32_t> all = split.training;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  std::sort(all.begin(), all.end());
  for (std::uint32_t i = 0; i < 1001; i++) CHECK(all[i] == i);
}

TEST_CASE(
    "training explains factor data, its loss falls, and the epoch with the best validation loss is kept") {
  const std::vector<float> x = factor_data(2000, 12);
  VaeTraining training = small_training();
  training.epochs = 40;
  const Trained trained = fit(x, kShape, training);
  CHECK(trained.done == 40);
  CHECK(trained.validation(39, 3) > 0.9);
  CHECK(trained.validation(39, 4) >= 3);
  std::size_t best = 2;
  for (std::size_t epoch = 2; epoch < 40; epoch++) {
    if (trained.validation(epoch, 0) < trained.validation(best, 0)) best = epoch;
  }
  training.epochs = best + 1;
  CHECK(same_bits(fit(x, kShape, training).parameters, trained.best));
}

TEST_CASE("results are bit-identical for any number of threads") {
  const std::vector<float> x = factor_data(1500, 12);
  VaeTraining training = small_training();
  for (const double clip : {0.0, 0.5}) {
    training.clip_norm = clip;
    const Trained one = fit(x, kShape, training);
    for (const std::size_t threads : {2, 3, 8}) {
      const Trained many = fit(x, kShape, training, threads);
      CHECK(same_bits(one.best, many.best));
      CHECK(std::memcmp(one.history.data(), many.history.data(), one.history.size() * sizeof(double)) == 0);
    }
  }
}

TEST_CASE("a resumed fit is bit-identical to an uninterrupted one") {
  const std::vector<float> x = factor_data(700, 12);
  VaeTraining training = small_training();
  training.epochs = 12;
  training.patience = 3;
  const Trained whole = fit(x, kShape, training);
  for (const std::size_t pause : {1, 2, 5}) {
    training.epochs = pause;
    Trained parts(kShape, 12);
    Monitor monitor;
    const ConstMatrix32 view{x.data(), 700, 12};
    parts.done = vae_fit(view, kShape, training, parts.state(), {1, monitor}).epochs;
    training.epochs = 12;
    parts.done = vae_fit(view, kShape, training, parts.state(), {1, monitor}).epochs;
    CHECK(parts.done == whole.done);
    CHECK(same_bits(parts.parameters, whole.parameters));
    CHECK(same_bits(parts.second, whole.second));
    CHECK(same_bits(parts.best, whole.best));
    CHECK(parts.history == whole.history);
  }
}

TEST_CASE("patience stops a fit that no longer improves") {
  const std::vector<float> x = test::normals(300 * 12, 8);  // noise, so that the fit soon overfits
  VaeTraining training = small_training();
  training.beta = 0.01;
  training.epochs = 500;
  training.patience = 4;
  const Trained trained = fit(x, kShape, training);
  CHECK(trained.done < 500);
  std::size_t best = 2;
  for (std::size_t epoch = 2; epoch < trained.done; epoch++) {
    if (trained.validation(epoch, 0) < trained.validation(best, 0)) best = epoch;
  }
  CHECK(trained.done == best + 1 + 4);
}

TEST_CASE("clipping limits gradients, and free bits keep the divergence up") {
  const std::vector<float> x = test::normals(400 * 12, 8);
  VaeTraining training = small_training();
  training.beta = 4;
  training.warmup = 0;
  training.epochs = 15;
  const double pressed = fit(x, kShape, training).validation(14, 2);
  training.free_bits = 0.5;
  CHECK(fit(x, kShape, training).validation(14, 2) > 2 * pressed);
  training.clip_norm = 1e6;
  const Trained loose = fit(x, kShape, training);
  training.clip_norm = 0;
  const Trained free = fit(x, kShape, training);
  for (std::size_t p = 0; p < free.best.size(); p++) CHECK(loose.best[p] == doctest::Approx(free.best[p]));
  // A gradient clipped far below Adam's epsilon does not change the parameters.
  training.clip_norm = 1e-14;
  const Trained held = fit(x, kShape, training);
  std::vector<float> initial(held.best.size());
  vae_initialize(kShape, training.seed, initial.data());
  for (std::size_t p = 0; p < initial.size(); p++) CHECK(std::fabs(held.best[p] - initial[p]) < 1e-5F);
}

TEST_CASE("evaluation agrees with encode and decode, for each group and for all rows") {
  constexpr std::size_t kRows = 777;
  const std::vector<float> x = factor_data(kRows, 12);
  const Trained trained = fit(x, kShape, small_training());
  Monitor monitor;
  const ConstMatrix32 view{x.data(), kRows, 12};
  std::vector<float> mean(kRows * 5), log_variance(kRows * 5), decoded(kRows * 12);
  vae_encode(view, kShape, trained.best.data(), {2, monitor}, {mean.data(), kRows, 5},
             {log_variance.data(), kRows, 5});
  vae_decode({mean.data(), kRows, 5}, kShape, trained.best.data(), {2, monitor}, {decoded.data(), kRows, 12});
  std::vector<std::uint32_t> groups(kRows);
  for (std::size_t i = 0; i < kRows; i++) groups[i] = i % 3 == 0 ? 2 : 0;
  VaeEvaluation options;
  options.groups = groups.data();
  options.group_count = 3;
  double quality[4 * kVaeQuality];
  vae_evaluate(view, kShape, trained.best.data(), options, {1, monitor}, quality);

  for (const std::uint32_t group : {0U, 2U, 3U}) {
    const auto member = [&](std::size_t i) { return group == 3 || groups[i] == group; };
    double rows = 0, kl = 0, errors = 0, variation = 0;
    for (std::size_t i = 0; i < kRows; i++) {
      if (!member(i)) continue;
      rows++;
      for (std::size_t j = i * 5; j < (i + 1) * 5; j++) {
        const double m = mean[j], v = log_variance[j];
        kl += (m * m + std::exp(v) - 1 - v) / 2;
      }
      for (std::size_t j = i * 12; j < (i + 1) * 12; j++)
        errors += std::pow(static_cast<double>(decoded[j] - x[j]), 2);
    }
    for (std::size_t j = 0; j < 12; j++) {
      double column = 0;
      for (std::size_t i = 0; i < kRows; i++) column += member(i) ? static_cast<double>(x[i * 12 + j]) : 0;
      for (std::size_t i = 0; i < kRows; i++) {
        if (member(i)) variation += std::pow(static_cast<double>(x[i * 12 + j]) - column / rows, 2);
      }
    }
    const double* q = quality + group * kVaeQuality;
    CHECK(q[2] == doctest::Approx(kl / rows).epsilon(1e-5));
    CHECK(q[3] == doctest::Approx(1 - errors / variation).epsilon(1e-5));
    CHECK(q[0] == doctest::Approx(q[1] + q[2]).epsilon(1e-9));
    CHECK(q[1] > errors / rows / 2);
  }
  for (std::size_t c = 0; c < kVaeQuality; c++) CHECK(quality[kVaeQuality + c] == 0);
}

TEST_CASE("a fit reports held-out rows by group, and groups do not change the fit") {
  const std::vector<float> x = factor_data(700, 12);
  VaeTraining training = small_training();
  const Trained plain = fit(x, kShape, training);
  std::vector<std::uint32_t> groups(700);
  for (std::size_t i = 0; i < groups.size(); i++) groups[i] = i < 300;
  training.groups = groups.data();
  training.group_count = 2;
  const Trained grouped = fit(x, kShape, training);
  CHECK(same_bits(plain.best, grouped.best));
  CHECK(plain.history == grouped.history);
  const VaeSplit split = vae_split(training.seed, training.validation, 700);
  const double all = static_cast<double>(split.validation.size());
  const double ones = static_cast<double>(std::count_if(split.validation.begin(), split.validation.end(),
                                                        [](std::uint32_t i) { return i < 300; }));
  for (std::size_t epoch = 0; epoch < training.epochs; epoch++) {
    const double* figures = &grouped.group_history[epoch * 2 * kVaeQuality];
    for (const std::size_t mean : {0, 1, 2}) {
      const double together = (figures[mean] * (all - ones) + figures[kVaeQuality + mean] * ones) / all;
      CHECK(together == doctest::Approx(grouped.validation(epoch, mean)).epsilon(1e-9));
      CHECK(figures[mean] != figures[kVaeQuality + mean]);
    }
  }
}

TEST_CASE("unusual inputs give a value or a clear error") {
  VaeTraining training = small_training();
  training.epochs = 3;
  for (const std::size_t n : {1, 2, 3}) {
    const Trained trained = fit(test::normals(n * 12, 1), kShape, training);
    for (const float p : trained.best) CHECK(std::isfinite(p));
  }
  const Trained constant = fit(std::vector<float>(50 * 12, 2.5F), kShape, training);
  CHECK(constant.validation(2, 3) == 0);
  const std::vector<float> huge(50 * 12, 1e30F);
  Trained lost(kShape, 3);
  Monitor monitor;
  const VaeOutcome outcome = vae_fit({huge.data(), 50, 12}, kShape, training, lost.state(), {1, monitor});
  CHECK(outcome.losses == VaeOutcome::kNotTraining);
  CHECK(outcome.epochs == 0);
  CHECK(outcome.step == 0);
  std::vector<float> holed = test::normals(50 * 12, 1);
  holed[3 * 12 + 4] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(fit(holed, kShape, training), doctest::Contains("row 3, column 4"),
                       std::invalid_argument);
  CHECK_THROWS_AS(fit({}, kShape, training), std::invalid_argument);
}

TEST_CASE(
    "offsets are column means, also far from zero, exact for constant columns and the same for any threads") {
  // More than two blocks of sums.
  constexpr std::size_t kN = 5000, kD = 7;
  std::vector<float> x = test::normals(kN * kD, 8);
  for (std::size_t i = 0; i < kN; i++) {
    x[i * kD + 1] += 1e6F;
    x[i * kD + 2] = 0.1F;
    x[i * kD + 3] *= 1e30F;
  }
  std::vector<double> offset(kD), other(kD);
  Monitor monitor;
  vae_offset({x.data(), kN, kD}, {1, monitor}, offset.data());
  vae_offset({x.data(), kN, kD}, {3, monitor}, other.data());
  CHECK(offset == other);
  for (std::size_t j = 0; j < kD; j++) {
    long double sum = 0;
    for (std::size_t i = 0; i < kN; i++) sum += static_cast<long double>(x[i * kD + j]);
    const double spread = j == 3 ? 1e30 : 1;
    CHECK(std::fabs(offset[j] - static_cast<double>(sum / kN)) < 1e-12 * spread);
  }
  CHECK(offset[2] == static_cast<double>(0.1F));

  std::vector<float> shifted = x;
  vae_shift({shifted.data(), kN, kD}, -1, offset.data(), {3, monitor});
  for (std::size_t i = 0; i < x.size(); i++) {
    CHECK(shifted[i] == static_cast<float>(static_cast<double>(x[i]) - offset[i % kD]));
  }
  x[kD + 4] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(vae_offset({x.data(), kN, kD}, {2, monitor}, offset.data()),
                       doctest::Contains("row 1, column 4"), std::invalid_argument);
}

TEST_CASE("a request to stop cancels a fit") {
  const std::vector<float> x = test::normals(100 * 12, 1);
  Trained trained(kShape, 8);
  Monitor monitor;
  monitor.stop();
  CHECK_THROWS_AS(vae_fit({x.data(), 100, 12}, kShape, small_training(), trained.state(), {1, monitor}),
                  Cancelled);
}
