#include "tsne/tree.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kBlockPoints = 2048;
constexpr std::size_t kFewestSubtreePoints = 256;
constexpr std::size_t kSubtrees = 64;
constexpr int kRadixBits = 11;
constexpr std::size_t kRadix = std::size_t{1} << kRadixBits;

// Levels of the tree, which is the number of bits per coordinate in a code of 32 bits. float32 has 24 bits,
// so more would add nothing.
template <int D>
constexpr int kLevels = D == 1 ? 24 : 32 / D;

template <int D>
std::uint32_t spread(std::uint32_t x) {
  if constexpr (D == 2) {
    x = (x | x << 8) & 0x00FF00FF;
    x = (x | x << 4) & 0x0F0F0F0F;
    x = (x | x << 2) & 0x33333333;
    x = (x | x << 1) & 0x55555555;
  } else if constexpr (D == 3) {
    x = (x | x << 16) & 0x030000FF;
    x = (x | x << 8) & 0x0300F00F;
    x = (x | x << 4) & 0x030C30C3;
    x = (x | x << 2) & 0x09249249;
  }
  return x;
}

}  // namespace

template <int D>
CellTree<D>::CellTree(std::size_t n)
    : order_(n),
      keys_(n),
      sorted_(n),
      planes_(D * (n + kTsneLanes), 0.0f),
      // At most 2n cells and the root: one for each point and one above each of these.
      charges_(3 * n + 8, Charge{{0, 0, 0}, 1}),
      cells_(2 * n + 8) {}

template <int D>
void CellTree<D>::forget_order() {
  std::iota(order_.begin(), order_.end(), 0u);
}

// The corner and the width of a cube around all points.
template <int D>
float CellTree<D>::measure(const float* layout, std::size_t threads, float* low) const {
  struct Box {
    float low[D], high[D];
  };
  const std::size_t n = size();
  std::vector<Box> boxes((n + kBlockPoints - 1) / kBlockPoints);
  parallel_rows(threads, n, kBlockPoints,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  Box box;
                  for (int c = 0; c < D; c++) box.low[c] = box.high[c] = layout[begin * D + c];
                  for (std::size_t i = begin; i < end; i++) {
                    for (int c = 0; c < D; c++) {
                      box.low[c] = std::min(box.low[c], layout[i * D + c]);
                      box.high[c] = std::max(box.high[c], layout[i * D + c]);
                    }
                  }
                  boxes[block] = box;
                });
  float width = 0;
  for (int c = 0; c < D; c++) {
    float high = boxes[0].high[c];
    low[c] = boxes[0].low[c];
    for (const Box& box : boxes) {
      low[c] = std::min(low[c], box.low[c]);
      high = std::max(high, box.high[c]);
    }
    width = std::max(width, high - low[c]);
  }
  return std::max(width, 1e-20f) * 1.0001f;
}

template <int D>
void CellTree<D>::sort_codes(const float* layout, std::size_t threads) {
  constexpr int levels = kLevels<D>;
  constexpr std::uint32_t largest = (std::uint32_t{1} << levels) - 1;
  float low[D];
  width_ = measure(layout, threads, low);
  const float scale = std::ldexp(1.0f, levels) / width_;
  const std::size_t n = size();
  parallel_rows(threads, n, kBlockPoints, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    for (std::size_t i = begin; i < end; i++) {
      std::uint32_t code = 0;
      for (int c = 0; c < D; c++) {
        const float place = (layout[i * D + c] - low[c]) * scale;
        code |= spread<D>(std::min(largest, static_cast<std::uint32_t>(place))) << c;
      }
      keys_[i] = std::uint64_t{code << (32 - D * levels)} << 32 | i;
    }
  });
  // A radix sort on one thread: with two, memory traffic costs more than the second thread saves.
  for (int shift = 32; shift < 64; shift += kRadixBits) {
    std::uint32_t starts[kRadix + 1] = {};
    for (const std::uint64_t key : keys_) starts[((key >> shift) & (kRadix - 1)) + 1]++;
    std::partial_sum(starts, starts + kRadix + 1, starts);
    for (const std::uint64_t key : keys_) sorted_[starts[(key >> shift) & (kRadix - 1)]++] = key;
    keys_.swap(sorted_);
  }
  for (std::size_t s = 0; s < n; s++) order_[s] = static_cast<std::uint32_t>(keys_[s]);
}

template <int D>
void CellTree<D>::copy_points(const float* layout, std::size_t begin, std::size_t end) {
  float* planes[D];
  for (int c = 0; c < D; c++) planes[c] = &planes_[static_cast<std::size_t>(c) * plane_size()];
  for (std::size_t s = begin; s < end; s++) {
    const float* from = layout + std::size_t{order_[s]} * D;
    for (int c = 0; c < D; c++) charges_[s].at[c] = planes[c][s] = from[c];
  }
}

template <int D>
void CellTree<D>::build(const float* layout, std::size_t threads) {
  sort_codes(layout, threads);
  split_top();
  parallel_for(threads, subtrees_.size(), [&](std::size_t s, std::size_t) {
    Subtree& subtree = subtrees_[s];
    const Cell& root = cells_[subtree.root];
    copy_points(layout, root.first, root.first + root.count);
    grow(subtree);
    sum_subtree(subtree);
  });
  for (std::uint32_t q = top_; q-- > 0;) {
    if (cells_[q].children > 0 && cells_[q].child < top_) sum_cell(q);
  }
}

template <int D>
void CellTree<D>::refresh(const float* layout, std::size_t threads) {
  parallel_for(threads, subtrees_.size(), [&](std::size_t s, std::size_t) {
    const Cell& root = cells_[subtrees_[s].root];
    copy_points(layout, root.first, root.first + root.count);
    sum_subtree(subtrees_[s]);
  });
  for (std::uint32_t q = top_; q-- > 0;) {
    if (cells_[q].children > 0 && cells_[q].child < top_) sum_cell(q);
  }
}

// Splits cells from the root down until subtrees are small enough to be shared out among threads. They depend
// on the points alone.
template <int D>
void CellTree<D>::split_top() {
  const auto n = static_cast<std::uint32_t>(size());
  const std::size_t piece = std::max(kFewestSubtreePoints, size() / kSubtrees);
  cells_[0] = {width_ * width_, 0, n, 0, 0};
  top_ = 1;
  subtrees_.clear();
  std::vector<std::pair<std::uint32_t, int>> open{{0, 0}};
  while (!open.empty()) {
    auto [q, level] = open.back();
    open.pop_back();
    if (cells_[q].count <= piece || !split(q, level, top_)) {
      subtrees_.push_back({q, level, 0, 0});
      continue;
    }
    for (std::uint32_t k = 0; k < cells_[q].children; k++) open.push_back({cells_[q].child + k, level + 1});
  }
  // After the top cells, a subtree of m points owns room for 2m cells, the most that it can need.
  for (Subtree& subtree : subtrees_) subtree.begin = subtree.end = top_ + 2 * cells_[subtree.root].first;
  const std::size_t needed = top_ + 2 * size() + 8;
  if (cells_.size() < needed) {
    cells_.resize(needed);
    charges_.resize(size() + needed, Charge{{0, 0, 0}, 1});
  }
}

template <int D>
void CellTree<D>::grow(Subtree& subtree) {
  subtree.end = subtree.begin;
  std::vector<std::pair<std::uint32_t, int>> open{{subtree.root, subtree.level}};
  while (!open.empty()) {
    auto [q, level] = open.back();
    open.pop_back();
    if (cells_[q].count <= kLeafPoints || !split(q, level, subtree.end)) continue;
    for (std::uint32_t k = 0; k < cells_[q].children; k++) {
      if (cells_[cells_[q].child + k].count > kLeafPoints) open.push_back({cells_[q].child + k, level + 1});
    }
  }
}

// Appends the children of cell q at cells_[next]. The points of q share the first `level` digits of their
// codes; if they share more, the cell first shrinks to the smallest one that holds them. Returns false if all
// their codes are the same.
template <int D>
bool CellTree<D>::split(std::uint32_t q, int& level, std::uint32_t& next) {
  Cell& cell = cells_[q];
  const std::uint32_t end = cell.first + cell.count;
  const auto differing = static_cast<std::uint32_t>((keys_[cell.first] ^ keys_[end - 1]) >> 32);
  if (differing == 0) return false;
  const int shared = __builtin_clz(differing) / D;
  cell.squared_width = std::ldexp(cell.squared_width, 2 * (level - shared));
  level = shared;
  cell.child = next;
  const int shift = 64 - D * (shared + 1);
  for (std::uint32_t begin = cell.first; begin < end;) {
    const std::uint32_t middle = end_of_digit(begin, end, shift);
    cells_[next++] = {cell.squared_width * 0.25f, begin, middle - begin, 0, 0};
    cell.children++;
    begin = middle;
  }
  return true;
}

// The end of the run of keys, among the sorted ones begin .. end - 1, that have the first key's digit.
template <int D>
std::uint32_t CellTree<D>::end_of_digit(std::uint32_t begin, std::uint32_t end, int shift) const {
  const std::uint64_t digit = keys_[begin] >> shift;
  const auto first = keys_.begin() + begin;
  const auto past = std::partition_point(first, keys_.begin() + end,
                                         [=](std::uint64_t key) { return key >> shift == digit; });
  return begin + static_cast<std::uint32_t>(past - first);
}

template <int D>
void CellTree<D>::sum_cell(std::uint32_t q) {
  const Cell& cell = cells_[q];
  const std::size_t begin = cell.children > 0 ? size() + cell.child : cell.first;
  const std::size_t end = begin + (cell.children > 0 ? cell.children : cell.count);
  double sum[D] = {};
  for (std::size_t e = begin; e < end; e++) {
    for (int c = 0; c < D; c++) sum[c] += static_cast<double>(charges_[e].mass) * charges_[e].at[c];
  }
  Charge& center = charges_[size() + q];
  center.mass = static_cast<float>(cell.count);
  for (int c = 0; c < D; c++) center.at[c] = static_cast<float>(sum[c] / cell.count);
}

template <int D>
void CellTree<D>::sum_subtree(const Subtree& subtree) {
  for (std::uint32_t q = subtree.end; q-- > subtree.begin;) sum_cell(q);
  sum_cell(subtree.root);
}

template class CellTree<1>;
template class CellTree<2>;
template class CellTree<3>;

}  // namespace god
