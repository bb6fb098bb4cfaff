#include "tsne/tsne_simd.hpp"

#include "base/simd.hpp"
#include "base/simd_math.hpp"

namespace god::GOD_ISA {
namespace {

static_assert(kTsneLanes == kBlock);

constexpr int kSearchSteps = 64;
constexpr float kEntropyTolerance = 1e-5f;

// Writes exp(-precision w_j) into p. Returns their sum, and in `entropy` the entropy of the normalized row.
inline float weigh_row(const float* w, std::size_t count, float precision, float* p, float* entropy) {
  Float sum[kVectors] = {};
  Float moment[kVectors] = {};
  for (std::size_t j = 0; j < count; j += kBlock) {
    for (int v = 0; v < kVectors; v++) {
      const Float exponent = load(w + j + v * kLanes) * precision;
      const Float e = exp_of_negative(-exponent);
      store(p + j + v * kLanes, e);
      sum[v] += e;
      moment[v] += select(e > splat(0.0f), e * exponent, splat(0.0f));
    }
  }
  const float total = sum_block(sum);
  *entropy = log_of(splat(total))[0] + sum_block(moment) / total;
  return total;
}

void perplexity_search(const float* w, std::size_t count, float target, float* p) {
  float precision = 1;
  float low = 0;
  float high = 0;  // 0: not known yet
  float total = 1;
  for (int step = 0; step < kSearchSteps; step++) {
    float entropy;
    total = weigh_row(w, count, precision, p, &entropy);
    const float excess = entropy - target;
    if (excess < kEntropyTolerance && excess > -kEntropyTolerance) break;
    if (excess > 0) {
      low = precision;
      precision = high > 0 ? 0.5f * (precision + high) : precision * 2;
    } else {
      high = precision;
      precision = 0.5f * (precision + low);
    }
  }
  for (std::size_t j = 0; j < count; j++) p[j] /= total;
}

// Division would be the slowest part by far. Charges are therefore taken in pairs, whose reciprocals 1 / a
// and 1 / b come from one division, 1 / (a b).
template <int D>
struct Repulsion {
  Float x[D][kVectors];
  Float force[D][kVectors] = {};
  Float kernel[kVectors] = {};

  explicit Repulsion(RepelGroup group) {
    for (int c = 0; c < D; c++) {
      for (int v = 0; v < kVectors; v++) x[c][v] = load(group.points + c * group.plane + v * kLanes);
    }
  }

  inline __attribute__((always_inline)) void add(const Charge& charge) {
    for (int v = 0; v < kVectors; v++) {
      Float away[D];
      const Float squared = distance(v, charge, away);
      push(v, charge, away, 1.0f / squared);
    }
  }

  inline __attribute__((always_inline)) void add(const Charge& a, const Charge& b) {
    for (int v = 0; v < kVectors; v++) {
      Float from_a[D];
      Float from_b[D];
      const Float squared_a = distance(v, a, from_a);
      const Float squared_b = distance(v, b, from_b);
      const Float both = 1.0f / (squared_a * squared_b);
      push(v, a, from_a, both * squared_b);
      push(v, b, from_b, both * squared_a);
    }
  }

  // Writes the differences x - c of the points from the charge, and returns 1 + |x - c|^2.
  inline __attribute__((always_inline)) Float distance(int v, const Charge& charge, Float* away) const {
    Float squared = splat(1.0f);
    for (int c = 0; c < D; c++) {
      away[c] = x[c][v] - charge.at[c];
      squared += away[c] * away[c];
    }
    return squared;
  }

  inline __attribute__((always_inline)) void push(int v, const Charge& charge, const Float* away,
                                                  Float inverse) {
    const Float weighted = charge.mass * inverse;
    const Float strength = weighted * inverse;
    kernel[v] += weighted;
    for (int c = 0; c < D; c++) force[c][v] += strength * away[c];
  }

  inline __attribute__((always_inline)) void add_all(const Charge* charges, std::size_t count) {
    std::size_t e = 0;
    for (; e + 1 < count; e += 2) add(charges[e], charges[e + 1]);
    if (e < count) add(charges[e]);
  }

  void write(float* out, float* sums) const {
    for (int v = 0; v < kVectors; v++) {
      for (int c = 0; c < D; c++) store(out + c * kBlock + v * kLanes, force[c][v]);
      store(sums + v * kLanes, kernel[v]);
    }
  }

  float finish(std::size_t active, float* out) const {
    float lane[kBlock];
    write(out, lane);
    float sum = 0;
    for (std::size_t l = 0; l < active; l++) sum += lane[l];
    return sum;
  }
};

template <int D>
float repel_listed(RepelGroup group, const Charge* charges, const std::uint32_t* list, std::size_t count,
                   float* force) {
  Repulsion<D> sum(group);
  std::size_t e = 0;
  for (; e + 1 < count; e += 2) sum.add(charges[list[e]], charges[list[e + 1]]);
  if (e < count) sum.add(charges[list[e]]);
  return sum.finish(group.active, force);
}

template <int D>
float repel_all(RepelGroup group, const Charge* charges, std::size_t count, float* force) {
  Repulsion<D> sum(group);
  sum.add_all(charges, count);
  return sum.finish(group.active, force);
}

template <int D>
void repel_each(const float* points, const Charge* charges, std::size_t count, float* force, float* kernel) {
  Repulsion<D> sum({points, kBlock, kBlock});
  sum.add_all(charges, count);
  sum.write(force, kernel);
}

// Loads the points at the other ends of kLanes edges, one vector per coordinate. For D = 2, copies of eight
// bytes and a shuffle are twice as fast as hardware gathers.
template <int D>
inline void gather(const float* layout, const std::uint32_t* columns, Float* out) {
  alignas(64) float lanes[D][kLanes];
  for (int l = 0; l < kLanes; l++) {
    for (int c = 0; c < D; c++) lanes[c][l] = layout[std::size_t{columns[l]} * D + c];
  }
  for (int c = 0; c < D; c++) out[c] = load(lanes[c]);
}

template <>
inline void gather<2>(const float* layout, const std::uint32_t* columns, Float* out) {
  alignas(64) float pairs[2 * kLanes];
  for (int l = 0; l < kLanes; l++) __builtin_memcpy(pairs + 2 * l, layout + 2 * std::size_t{columns[l]}, 8);
  const Float a = load(pairs);
  const Float b = load(pairs + kLanes);
#if GOD_LANES == 16
  out[0] = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  out[1] = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#elif GOD_LANES == 8
  out[0] = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  out[1] = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
  out[0] = __builtin_shufflevector(a, b, 0, 2, 4, 6);
  out[1] = __builtin_shufflevector(a, b, 1, 3, 5, 7);
#endif
}

// Writes y_i - y_j of kLanes edges to `difference`, and returns 1 + |y_i - y_j|^2.
template <int D>
inline Float differences(const float* layout, const float* y, const std::uint32_t* columns,
                         Float* difference) {
  Float other[D];
  gather<D>(layout, columns, other);
  Float squared = splat(1.0f);
  for (int c = 0; c < D; c++) {
    difference[c] = y[c] - other[c];
    squared += difference[c] * difference[c];
  }
  return squared;
}

// Adds the pull of kLanes edges to `sum`, one Float[kVectors] per coordinate.
template <int D>
inline __attribute__((always_inline)) void pull(Float strength, const Float* difference, int v,
                                                Float (*sum)[kVectors]) {
  for (int c = 0; c < D; c++) sum[c][v] += strength * difference[c];
}

template <int D>
void attract(const float* layout, EdgeView edges, std::size_t begin, std::size_t end, float* force) {
  for (std::size_t i = begin; i < end; i++) {
    Float sum[D][kVectors] = {};
    const float* y = layout + i * D;
    std::size_t e = edges.offsets[i];
    // Two blocks at a time, with one division for both.
    for (; e + 2 * kBlock <= edges.offsets[i + 1]; e += 2 * kBlock) {
      for (int v = 0; v < kVectors; v++) {
        const std::size_t at = e + static_cast<std::size_t>(v) * kLanes;
        Float one[D], other[D];
        const Float squared = differences<D>(layout, y, edges.columns + at, one);
        const Float squared_other = differences<D>(layout, y, edges.columns + at + kBlock, other);
        const Float both = 1.0f / (squared * squared_other);
        pull<D>(load(edges.values + at) * (both * squared_other), one, v, sum);
        pull<D>(load(edges.values + at + kBlock) * (both * squared), other, v, sum);
      }
    }
    for (; e < edges.offsets[i + 1]; e += kBlock) {
      for (int v = 0; v < kVectors; v++) {
        const std::size_t at = e + static_cast<std::size_t>(v) * kLanes;
        Float difference[D];
        const Float squared = differences<D>(layout, y, edges.columns + at, difference);
        pull<D>(load(edges.values + at) / squared, difference, v, sum);
      }
    }
    for (int c = 0; c < D; c++) force[i * D + c] = sum_block(sum[c]);
  }
}

template <int D>
double log_kernel_sum(const float* layout, EdgeView edges, std::size_t begin, std::size_t end) {
  double total = 0;
  for (std::size_t i = begin; i < end; i++) {
    Float sum[kVectors] = {};
    for (std::size_t e = edges.offsets[i]; e < edges.offsets[i + 1]; e += kBlock) {
      for (int v = 0; v < kVectors; v++) {
        const std::size_t at = e + static_cast<std::size_t>(v) * kLanes;
        Float difference[D];
        const Float squared = differences<D>(layout, layout + i * D, edges.columns + at, difference);
        sum[v] += load(edges.values + at) * log_of(squared);
      }
    }
    total += static_cast<double>(sum_block(sum));
  }
  return total;
}

void step(StepState state, StepParameters parameters, std::size_t count) {
  const Float longest = splat(parameters.longest);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Float velocity = load(state.velocity + i);
    const Float gain = load(state.gains + i);
    const Float gradient = parameters.exaggeration * load(state.attraction + i) -
                           parameters.inverse_normalizer * load(state.repulsion + i);
    // Jacobs' delta-bar-delta rule, as in van der Maaten's implementation.
    const Float grown =
        select(gradient * velocity < splat(0.0f), gain + 0.2f, max(gain * 0.8f, splat(0.01f)));
    Float next = parameters.momentum * velocity - parameters.learning_rate * (grown * gradient);
    next = max(min(next, longest), -longest);
    store(state.gains + i, grown);
    store(state.velocity + i, next);
    store(state.layout + i, load(state.layout + i) + next);
  }
}

}  // namespace

extern const TsneSimd tsne_simd;
const TsneSimd tsne_simd = {
    perplexity_search,
    {nullptr, repel_listed<1>, repel_listed<2>, repel_listed<3>},
    {nullptr, repel_all<1>, repel_all<2>, repel_all<3>},
    {nullptr, repel_each<1>, repel_each<2>, repel_each<3>},
    {nullptr, attract<1>, attract<2>, attract<3>},
    {nullptr, log_kernel_sum<1>, log_kernel_sum<2>, log_kernel_sum<3>},
    step,
};

}  // namespace god::GOD_ISA
