// The hot loops of t-SNE, one table per instruction set (see simd.hpp).
//
// Layouts are n x D, D in {1, 2, 3}, with coordinates interleaved. Groups of points that share a list of
// interactions are planar: 16 first coordinates, then 16 second ones, ... at a distance of `plane` floats.
#pragma once
#include <cstddef>
#include <cstdint>

namespace god {

// Points of a group evaluated at once; CSR rows are padded to multiples of it.
constexpr std::size_t kTsneLanes = 16;

// A point or a cell as a source of repulsion: its place (unused coordinates are 0) and the number of points
// in it.
struct Charge {
  float at[3];
  float mass;
};

// 16 points, the first `active` of which count towards the sum of the kernel.
struct RepelGroup {
  const float* points;  // D planes
  std::size_t plane;
  std::size_t active;
};

// One iteration of gradient descent, element by element over interleaved coordinates.
struct StepState {
  float* layout;
  float* velocity;
  float* gains;
  const float* attraction;
  const float* repulsion;
};
struct StepParameters {
  float exaggeration;
  float inverse_normalizer;
  float learning_rate;
  float momentum;
  float longest;  // step of one coordinate
};

// Edges of rows of the affinity matrix, compressed: row i has entries offsets[i] .. offsets[i + 1], a
// multiple of 16.
struct EdgeView {
  const std::size_t* offsets;
  const std::uint32_t* columns;
  const float* values;
};

struct TsneSimd {
  // Searches the precision b for which p_j = exp(-b w_j) / sum has perplexity exp(target), and writes p.
  // `count` is a multiple of 16; entries that are not neighbors have w = infinity. The smallest w is 0.
  void (*perplexity_search)(const float* w, std::size_t count, float target, float* p);

  // For the points x of the group: force = sum over charges c of m_c (x - c) / (1 + |x - c|^2)^2, D planes 16
  // apart. Returns the sum of m_c / (1 + |x - c|^2) over the active points. All three indexed by D.
  float (*repel_listed[4])(RepelGroup group, const Charge* charges, const std::uint32_t* list,
                           std::size_t count, float* force);
  float (*repel_all[4])(RepelGroup group, const Charge* charges, std::size_t count, float* force);
  // The same with a sum for each of 16 points whose planes are 16 apart.
  void (*repel_each[4])(const float* points, const Charge* charges, std::size_t count, float* force,
                        float* kernel);

  // force_i = sum over edges of p_ij (y_i - y_j) / (1 + |y_i - y_j|^2), for rows begin .. end.
  void (*attract[4])(const float* layout, EdgeView edges, std::size_t begin, std::size_t end, float* force);
  // Sum over the edges of rows begin .. end of p_ij log(1 + |y_i - y_j|^2).
  double (*log_kernel_sum[4])(const float* layout, EdgeView edges, std::size_t begin, std::size_t end);

  // `count` is a multiple of 16.
  void (*step)(StepState state, StepParameters parameters, std::size_t count);
};

}  // namespace god
