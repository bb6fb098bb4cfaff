// The hot loops of t-SNE, one table per instruction set (see simd.hpp).
//
// Layouts are n x D, D in {1, 2, 3}, row-major. Groups of 16 points that share a list of interactions are
// planar: their first coordinates, then, `plane` floats further, their second ones, and so on.
#pragma once
#include <cstddef>
#include <cstdint>

namespace god {

// Number of points evaluated at once. Rows of the affinity matrix are padded to multiples of it.
constexpr std::size_t kTsneLanes = 16;

// A point or a cell as a source of repulsion: its place (unused coordinates are 0) and how many points it
// stands for.
struct Charge {
  float at[3];
  float mass;
};

// 16 points; only the first `active` ones count in the sum of the kernel.
struct RepelGroup {
  const float* points;  // D planes
  std::size_t plane;
  std::size_t active;
};

// Arrays of one step of gradient descent, which treats each coordinate of each point alike.
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
  float longest;  // the longest step of a coordinate
};

// The affinity matrix as compressed sparse rows: row i has entries offsets[i] .. offsets[i + 1] - 1, and
// their number is a multiple of 16.
struct EdgeView {
  const std::size_t* offsets;
  const std::uint32_t* columns;
  const float* values;
};

struct TsneSimd {
  // Finds the precision b for which p_j = exp(-b w_j) / sum has perplexity exp(target), and writes p. `count`
  // is a multiple of 16, with w = infinity in the padding. The smallest w is 0.
  void (*perplexity_search)(const float* w, std::size_t count, float target, float* p);

  // For each point x of the group: force = sum over charges c of m_c (x - c) / (1 + |x - c|^2)^2, written as
  // D planes of 16. Returns the sum of m_c / (1 + |x - c|^2) over charges and active points. These arrays of
  // functions, and those below, are indexed by D.
  float (*repel_listed[4])(RepelGroup group, const Charge* charges, const std::uint32_t* list,
                           std::size_t count, float* force);
  float (*repel_all[4])(RepelGroup group, const Charge* charges, std::size_t count, float* force);
  // The same for 16 points in D planes of 16, with the sum of each point written to `kernel`.
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
