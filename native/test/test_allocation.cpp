// Every allocation of every kernel fails once. The kernel must throw std::bad_alloc or do without the memory,
// must not leak (which the address sanitizer checks, npm run test:address), and must work as before
// afterwards.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "agglomerative/linkage.hpp"
#include "base/random.hpp"
#include "bzip2/bzip2.hpp"
#include "images/resample.hpp"
#include "metrics/metrics.hpp"
#include "neighbors/neighbors.hpp"
#include "pca/pca.hpp"
#include "tsne/affinities.hpp"
#include "tsne/initial.hpp"
#include "tsne/placement.hpp"
#include "tsne/tsne.hpp"
#include "vae/vae.hpp"
#include "vae/vae_offset.hpp"

namespace {

// How many allocations, on any thread, are left until one fails. If negative, none fails.
std::atomic<long> until_failure{-1};
std::atomic<long> allocations{0};

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (until_failure.load(std::memory_order_relaxed) >= 0 && until_failure.fetch_sub(1) == 0) return nullptr;
#if defined(_WIN32)
  return _aligned_malloc(std::max<std::size_t>(size, 1), alignment);
#else
  if (alignment <= alignof(std::max_align_t)) return std::malloc(std::max<std::size_t>(size, 1));
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
#endif
}

void release(void* memory) noexcept {
#if defined(_WIN32)
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  void* memory = allocate(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// By the standard, the default definitions of all other forms of new and delete call these.
void* operator new(std::size_t size) {
  return allocate_or_throw(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  release(memory);
}

namespace {

using namespace god;

constexpr std::size_t kRows = 96, kCols = 8, kNeighbors = 12, kThreads = 2;

std::vector<float> data() {
  const RandomStream random(1, 5);
  std::vector<float> x(kRows * kCols);
  for (std::size_t i = 0; i < x.size(); i++) x[i] = static_cast<float>(random.normal(i));
  return x;
}

// A kernel's call, on inputs and outputs that exist before, and what it computed, for comparison.
struct Call {
  std::string name;
  std::function<void(Run)> run;
  std::vector<double>* values = nullptr;
  std::vector<float>* floats = nullptr;
};

enum class Ending { kDone, kBadAlloc, kOther };

Ending attempt(const Call& call, long failing) {
  Monitor monitor;
  until_failure = failing;
  Ending ending = Ending::kDone;
  try {
    call.run({kThreads, monitor});
  } catch (const std::bad_alloc&) {
    ending = Ending::kBadAlloc;
  } catch (...) {
    ending = Ending::kOther;
  }
  until_failure = -1;
  return ending;
}

// Runs the call with its first allocation failing, then with its second, and so on: each of the first
// hundred, then fewer and fewer.
void sweep(const Call& call) {
  INFO(call.name);
  // Does what happens only once: starting threads, OpenBLAS' memory.
  REQUIRE(attempt(call, -1) == Ending::kDone);
  const long before = allocations;
  REQUIRE(attempt(call, -1) == Ending::kDone);
  const long count = allocations - before;
  const std::vector<double> values = call.values ? *call.values : std::vector<double>();
  const std::vector<float> floats = call.floats ? *call.floats : std::vector<float>();
  long failed = 0;
  for (long n = 0; n < count; n += 1 + n / 100) {
    const Ending ending = attempt(call, n);
    CHECK_MESSAGE(ending != Ending::kOther, "allocation ", n, " of ", count);
    failed += ending == Ending::kBadAlloc;
  }
  CHECK(count > 0);
  CHECK(failed > 0);
  REQUIRE(attempt(call, -1) == Ending::kDone);
  if (call.values) CHECK(*call.values == values);
  if (call.floats) CHECK(*call.floats == floats);
}

}  // namespace

TEST_CASE("allocations are counted and fail on request") {
  const long before = allocations;
  auto* memory = new std::vector<int>(100);
  CHECK(allocations == before + 2);
  delete memory;
  until_failure = 1;
  CHECK_THROWS_AS(static_cast<void>(new std::vector<int>(100)), std::bad_alloc);
  CHECK(until_failure < 0);
}

TEST_CASE("PCA survives failing allocations") {
  const std::vector<float> x = data();
  std::vector<double> mean(kRows), variance(kRows), scale(kCols, 1), deviation(kRows);
  std::vector<float> components(kRows * kCols), z(kRows * kCols);
  const ConstMatrix32 view{x.data(), kRows, kCols}, wide{x.data(), kCols, kRows};
  const auto fit = [&](ConstMatrix32 input, std::size_t k) {
    return [&, input, k](Run run) {
      pca_fit(input, run,
              {mean.data(), {components.data(), k, input.cols}, variance.data(), deviation.data()});
    };
  };
  sweep({"all components", fit(view, kCols), &variance, &components});
  sweep({"few components", fit(view, 2), &variance, &components});
  sweep({"wider than tall", fit(wide, 4), &variance, nullptr});
  sweep({"transform",
         [&](Run run) {
           pca_transform(view, mean.data(), {components.data(), 2, kCols}, scale.data(), run,
                         {z.data(), kRows, 2});
         },
         nullptr, &z});
  sweep({"inverse transform",
         [&](Run run) {
           pca_inverse_transform({x.data(), kRows, 2}, mean.data(), {components.data(), 2, kCols},
                                 scale.data(), run, {z.data(), kRows, kCols});
         },
         nullptr, &z});
}

TEST_CASE("neighbors and t-SNE survive failing allocations") {
  const std::vector<float> x = data();
  const ConstMatrix32 view{x.data(), kRows, kCols};
  std::vector<std::uint32_t> indices(kRows * kNeighbors);
  std::vector<float> distances(kRows * kNeighbors), map(kRows * 2), places(kRows * 2);
  const NeighborView neighbors{indices.data(), distances.data(), kRows, kNeighbors};
  sweep({"neighbors",
         [&](Run run) {
           nearest_neighbors(view, kNeighbors, Metric::kEuclidean, run, indices.data(), distances.data());
         },
         nullptr, &distances});
  std::vector<double> history(3);
  const TsneOptions options{0.5, 30, 12, 10, 0, 0.8, 10, true};
  sweep({"t-SNE",
         [&](Run run) {
           const Matrix32 layout{map.data(), kRows, 2};
           initial_layout_pca(view, 1, run, layout);
           tsne(joint_affinities(neighbors, 4, run), options, run, layout, history.data());
         },
         &history, &map});
  sweep({"placing on a map",
         [&](Run run) {
           place_on_map({map.data(), kRows, 2}, neighbors, 4, 20, run, {places.data(), kRows, 2});
         },
         nullptr, &places});
}

TEST_CASE("clustering survives failing allocations") {
  const std::vector<float> x = data();
  std::vector<double> merges((kRows - 1) * 4);
  for (const std::size_t cols : {kCols, std::size_t{2}}) {
    const ConstMatrix32 view{x.data(), kRows, cols};
    for (const Linkage linkage : {Linkage::kSingle, Linkage::kComplete, Linkage::kAverage, Linkage::kWeighted,
                                  Linkage::kWard, Linkage::kCentroid, Linkage::kMedian}) {
      sweep({"linkage " + std::to_string(static_cast<int>(linkage)) + ", columns " + std::to_string(cols),
             [&](Run run) {
               linkage_of_points(view, linkage, PointMetric::kEuclidean, Precision::kFloat32, run,
                                 merges.data());
             },
             &merges, nullptr});
    }
  }
}

TEST_CASE("metrics survive failing allocations") {
  const std::vector<float> x = data();
  const ConstMatrix32 view{x.data(), kRows, kCols}, map{x.data(), kRows, 2};
  std::vector<double> values(kRows);
  std::vector<std::int32_t> labels(kRows);
  for (std::size_t i = 0; i < kRows; i++) labels[i] = static_cast<std::int32_t>(i % 3);
  sweep({"trustworthiness", [&](Run run) { values[0] = trustworthiness(view, map, 5, run); }, &values,
         nullptr});
  sweep({"silhouette",
         [&](Run run) { silhouette(view, labels.data(), 1, 3, Metric::kCosine, run, values.data()); },
         &values, nullptr});
  std::vector<std::int32_t> rows(3);
  sweep({"medoids",
         [&](Run run) {
           medoids(view, labels.data(), 3, Metric::kEuclidean, run, rows.data());
           values.assign(rows.begin(), rows.end());
         },
         &values, nullptr});
}

TEST_CASE("the VAE survives failing allocations") {
  const std::vector<float> x = data();
  const ConstMatrix32 view{x.data(), kRows, kCols};
  VaeShape shape;
  shape.input = kCols;
  shape.hidden = {6};
  shape.latent = 2;
  const std::size_t count = VaeLayout(shape).parameters;
  std::vector<float> parameters(count), first(count), second(count), best(count), codes(kRows * 2),
      spread(kRows * 2), back(kRows * kCols);
  VaeTraining training;
  training.epochs = 2;
  training.batch = 32;
  training.validation = 0.2;
  std::vector<double> history(training.epochs * kVaeHistory), quality(2 * kVaeQuality), offset(kCols);
  sweep({"offsets", [&](Run run) { vae_offset(view, run, offset.data()); }, &offset, nullptr});
  sweep({"training",
         [&](Run run) {
           for (auto* zeroed : {&parameters, &first, &second, &best})
             std::fill(zeroed->begin(), zeroed->end(), 0.F);
           const VaeState state{parameters.data(), first.data(),   second.data(),
                                best.data(),       history.data(), nullptr};
           vae_fit(view, shape, training, state, run);
         },
         &history, &parameters});
  sweep(
      {"encoding",
       [&](Run run) {
         vae_encode(view, shape, parameters.data(), run, {codes.data(), kRows, 2}, {spread.data(), kRows, 2});
       },
       nullptr, &codes});
  sweep({"decoding",
         [&](Run run) {
           vae_decode({codes.data(), kRows, 2}, shape, parameters.data(), run, {back.data(), kRows, kCols});
         },
         nullptr, &back});
  VaeEvaluation evaluation;
  sweep({"evaluation",
         [&](Run run) { vae_evaluate(view, shape, parameters.data(), evaluation, run, quality.data()); },
         &quality, nullptr});
}

TEST_CASE("bzip2 survives failing allocations") {
  // An x, made with Python's bz2.compress (libbzip2 1.0.8).
  const std::vector<std::uint8_t> packed = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59,
                                            0x77, 0x4b, 0xb0, 0x14, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00,
                                            0x40, 0x20, 0x00, 0x21, 0x18, 0x46, 0x82, 0xee, 0x48, 0xa7,
                                            0x0a, 0x12, 0x0e, 0xe9, 0x76, 0x02, 0x80};
  std::vector<std::uint8_t> texts(kMostBlockBytes);
  std::vector<double> found(2);
  sweep({"decoding",
         [&](Run run) {
           Bzip2Place place;
           std::uint32_t length = 0;
           decode_blocks(packed.data(), packed.size(), true, 1, run, place, texts.data(), &length);
           found = {static_cast<double>(length), static_cast<double>(texts[0])};
         },
         &found, nullptr});
}

TEST_CASE("resampling survives failing allocations") {
  const std::vector<std::uint8_t> pixels(3 * 9 * 7, 200);
  const std::vector<float> values(3 * 256, 1.5F);
  std::vector<float> planes(3 * 4 * 5);
  sweep({"resampling",
         [&](Run run) {
           resample({pixels.data(), 9, 7}, {5, 6, 0, 1, 4, 5}, values.data(), run, planes.data());
         },
         nullptr, &planes});
}
