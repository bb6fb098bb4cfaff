#include "tsne/repulsion.hpp"

#include <algorithm>

#include "tsne/dispatch.hpp"

namespace god {
namespace {

constexpr std::size_t kGroup = 32;
constexpr std::size_t kGroupsPerJob = 8;
constexpr std::size_t kJobPoints = kGroup * kGroupsPerJob;
constexpr std::size_t kLongestKept = 16384;
// This many charges are summed in float32; these sums are added up in float64.
constexpr std::size_t kChunk = 4096;
// The squared width below which a cell acts as one charge even on the points inside it. A width of 0.01 is
// small beside 1, the distance over which the kernel changes: within the cell forces are linear in position,
// and for linear forces the center of mass is exact.
constexpr float kNegligible = 1e-4f;

template <int D>
struct Box {
  float low[D], high[D];

  Box(const CellTree<D>& tree, std::size_t begin, std::size_t end) {
    for (int c = 0; c < D; c++) {
      const auto [lowest, highest] = std::minmax_element(tree.plane(c) + begin, tree.plane(c) + end);
      low[c] = *lowest;
      high[c] = *highest;
    }
  }
  float squared_distance(const float* p) const {
    float sum = 0;
    for (int c = 0; c < D; c++) {
      const float outside = std::max(std::max(low[c] - p[c], p[c] - high[c]), 0.0f);
      sum += outside * outside;
    }
    return sum;
  }
};

// Adds up, in float64, the forces of chunks of charges on the 16 points from `begin`, and writes them to
// these points' rows of `force`. Returns the sum of the kernel.
template <int D, class Chunk>
double sum_chunks(const CellTree<D>& tree, std::size_t begin, std::size_t active, std::size_t count,
                  float* force, Chunk&& chunk) {
  double total[D * kTsneLanes] = {};
  double kernel = 0;
  for (std::size_t from = 0; from < count; from += kChunk) {
    alignas(64) float part[D * kTsneLanes];
    kernel += static_cast<double>(chunk(from, std::min(kChunk, count - from), part));
    for (std::size_t e = 0; e < D * kTsneLanes; e++) total[e] += static_cast<double>(part[e]);
  }
  for (std::size_t l = 0; l < active; l++) {
    float* out = force + std::size_t{tree.order()[begin + l]} * D;
    for (int c = 0; c < D; c++)
      out[c] = static_cast<float>(total[static_cast<std::size_t>(c) * kTsneLanes + l]);
  }
  return kernel;
}

}  // namespace

template <int D>
Repulsion<D>::Repulsion(std::size_t n, double theta, std::size_t threads)
    : n_(n),
      squared_theta_(static_cast<float>(theta * theta)),
      lists_((n + kJobPoints - 1) / kJobPoints),
      sums_(lists_.size()),
      scratch_(std::max<std::size_t>(1, threads)) {
  for (Lists& lists : lists_) {
    lists.ends.resize(kGroupsPerJob + 1);
    lists.kept.resize(kGroupsPerJob);
  }
}

template <int D>
void Repulsion<D>::run(std::size_t job, std::size_t worker, const CellTree<D>& tree, bool new_cells,
                       float* force, PhaseSeconds* clock) {
  Lists& lists = lists_[job];
  Scratch& scratch = scratch_[worker];
  if (new_cells) lists.charges.clear();
  double sum = 0;
  for (std::size_t g = 0; g < kGroupsPerJob; g++) {
    const std::size_t begin = job * kJobPoints + g * kGroup;
    const std::size_t end = std::min(n_, begin + kGroup);
    if (begin >= end) break;
    if (squared_theta_ == 0) {
      sum += evaluate_all(tree, begin, end, force);
      continue;
    }
    if (new_cells || !lists.kept[g]) {
      const Stopwatch watch(clock, &PhaseSeconds::walk);
      walk(tree, begin, end, scratch);
    }
    if (new_cells) {
      lists.kept[g] = scratch.list.size() <= kLongestKept;
      if (lists.kept[g]) lists.charges.insert(lists.charges.end(), scratch.list.begin(), scratch.list.end());
      lists.ends[g + 1] = lists.charges.size();
    }
    const Stopwatch watch(clock, &PhaseSeconds::repulsion);
    sum += lists.kept[g] ? evaluate(tree, begin, end, lists.charges.data() + lists.ends[g],
                                    lists.ends[g + 1] - lists.ends[g], force)
                         : evaluate(tree, begin, end, scratch.list.data(), scratch.list.size(), force);
  }
  sums_[job] = sum;
}

template <int D>
double Repulsion<D>::normalizer() const {
  double sum = 0;
  for (const double part : sums_) sum += part;
  // Subtract n: each point acted on itself, at distance 0. The floor keeps 1 / Z finite if points are so far
  // apart that nothing but these n terms is left in float32.
  const auto n = static_cast<double>(n_);
  return std::max(sum - n, 1e-7 * n);
}

template <int D>
void Repulsion<D>::walk(const CellTree<D>& tree, std::size_t begin, std::size_t end, Scratch& scratch) const {
  const Box<D> box(tree, begin, end);
  const Charge* centers = tree.charges() + tree.size();
  std::vector<std::uint32_t>& list = scratch.list;
  std::vector<std::uint32_t>& stack = scratch.stack;
  list.clear();
  stack.assign(1, 0);
  while (!stack.empty()) {
    const std::uint32_t q = stack.back();
    stack.pop_back();
    const Cell& cell = tree.cell(q);
    const float reach = squared_theta_ * box.squared_distance(centers[q].at);
    if (cell.squared_width < reach || cell.squared_width < kNegligible || CellTree<D>::dense(cell)) {
      list.push_back(static_cast<std::uint32_t>(tree.size()) + q);
    } else if (cell.children == 0) {
      for (std::uint32_t s = cell.first; s < cell.first + cell.count; s++) list.push_back(s);
    } else {
      for (std::uint32_t k = 0; k < cell.children; k++) stack.push_back(cell.child + k);
    }
  }
}

template <int D>
double Repulsion<D>::evaluate(const CellTree<D>& tree, std::size_t begin, std::size_t end,
                              const std::uint32_t* list, std::size_t count, float* force) const {
  double sum = 0;
  for (std::size_t p = begin; p < end; p += kTsneLanes) {
    const RepelGroup group{tree.plane(0) + p, tree.plane_size(), std::min(kTsneLanes, end - p)};
    sum +=
        sum_chunks(tree, p, group.active, count, force, [&](std::size_t from, std::size_t size, float* part) {
          return tsne_simd().repel_listed[D](group, tree.charges(), list + from, size, part);
        });
  }
  return sum;
}

template <int D>
double Repulsion<D>::evaluate_all(const CellTree<D>& tree, std::size_t begin, std::size_t end,
                                  float* force) const {
  double sum = 0;
  for (std::size_t p = begin; p < end; p += kTsneLanes) {
    const RepelGroup group{tree.plane(0) + p, tree.plane_size(), std::min(kTsneLanes, end - p)};
    sum += sum_chunks(tree, p, group.active, n_, force, [&](std::size_t from, std::size_t size, float* part) {
      return tsne_simd().repel_all[D](group, tree.charges() + from, size, part);
    });
  }
  return sum;
}

template class Repulsion<1>;
template class Repulsion<2>;
template class Repulsion<3>;

}  // namespace god
