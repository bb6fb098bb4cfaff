#include "agglomerative/ward/ward_clusters.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "agglomerative/centering.hpp"
#include "agglomerative/points_simd.hpp"
#include "base/parallel.hpp"
#include "base/random.hpp"

namespace god {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

std::uint64_t hash_row(const double* row, std::size_t dims) {
  std::uint64_t hash = 0;
  for (std::size_t k = 0; k < dims; k++) {
    const double value = row[k] + 0.0;  // -0 becomes 0
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    hash = mix64(hash ^ bits) + 0x9E3779B97F4A7C15ULL;
  }
  return hash;
}

}  // namespace

WardClusters::WardClusters(ConstMatrix32 x, std::size_t threads)
    : dims(x.cols),
      slots(x.rows),
      live(x.rows),
      unit(1),
      centroid(x.size()),
      size(x.rows, 1.0),
      node(x.rows),
      neighbor(x.rows),
      bound(x.rows, 0.0),
      state(x.rows, ClusterState::kStale) {
  shift_and_scale(x, threads);
  for (std::size_t i = 0; i < slots; i++) {
    node[i] = static_cast<std::uint32_t>(i);
    neighbor[i] = static_cast<std::uint32_t>(i + 1 < slots ? i + 1 : 0);
  }
}

void WardClusters::shift_and_scale(ConstMatrix32 x, std::size_t threads) {
  constexpr std::size_t kBlockRows = 4096;
  const Centering centering(x, threads);
  unit = centering.unit;
  const double scale = 1 / unit;
  parallel_rows(threads, slots, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  for (std::size_t i = begin; i < end; i++) {
                    for (std::size_t k = 0; k < dims; k++)
                      centroid[i * dims + k] = (x.row(i)[k] - centering.middle[k]) * scale;
                  }
                });
}

double WardClusters::distance(std::size_t a, std::size_t b) const {
  const double squares = points_simd().gathered64(Gather::kSquares, dims, row(a), row(b));
  return squares * (size[a] * size[b] / (size[a] + size[b]));
}

void WardClusters::merge_duplicates(MergeList& merges) {
  // Without this, equal rows would be merged one per round. A hash table with open addressing holds the
  // lowest row of each set of equal rows.
  std::size_t capacity = 16;
  while (capacity < 2 * slots) capacity *= 2;
  std::vector<std::uint32_t> table(capacity, kNone);
  std::vector<std::uint32_t> first(slots);
  bool any = false;
  for (std::size_t i = 0; i < slots; i++) {
    std::size_t at = hash_row(row(i), dims) & (capacity - 1);
    while (table[at] != kNone && !std::equal(row(i), row(i) + dims, row(table[at])))
      at = (at + 1) & (capacity - 1);
    if (table[at] == kNone) table[at] = static_cast<std::uint32_t>(i);
    first[i] = table[at];
    any = any || first[i] != i;
  }
  if (!any) return;
  // The order of greedy merging with ties to the lowest rows: all rows that equal the lowest one come first.
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < slots; i++) {
    if (first[i] != i) rows.push_back(static_cast<std::uint32_t>(i));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::uint32_t i, std::uint32_t j) { return first[i] < first[j]; });
  for (const std::uint32_t i : rows) {
    const std::uint32_t into = first[i];
    node[into] = merges.add(node[into], node[i], 0.0);
    size[into] += 1;
    state[i] = ClusterState::kDead;
  }
  live -= rows.size();
  // pack() needs neighbors that are alive.
  std::uint32_t next = first[0];
  for (std::size_t i = slots; i-- > 0;) {
    neighbor[i] = next;
    if (alive(i)) next = static_cast<std::uint32_t>(i);
  }
  pack();
}

void WardClusters::merge(std::size_t into, std::size_t from, double delta, MergeList& merges) {
  const double a = size[into];
  const double b = size[from];
  double* x = centroid.data() + into * dims;
  const double* y = row(from);
  for (std::size_t k = 0; k < dims; k++) x[k] = (x[k] * a + y[k] * b) / (a + b);
  size[into] = a + b;
  node[into] = merges.add(node[into], node[from], std::sqrt(2 * delta) * unit);
  state[from] = ClusterState::kDead;
  state[into] = ClusterState::kStale;
  live--;
}

void WardClusters::pack() {
  std::vector<std::uint32_t> moved(slots);
  std::size_t next = 0;
  for (std::size_t i = 0; i < slots; i++) {
    if (alive(i)) moved[i] = static_cast<std::uint32_t>(next++);
  }
  for (std::size_t i = 0; i < slots; i++) {
    if (!alive(i)) continue;
    const std::size_t to = moved[i];
    if (to != i) std::copy(row(i), row(i) + dims, centroid.data() + to * dims);
    size[to] = size[i];
    node[to] = node[i];
    neighbor[to] = moved[neighbor[i]];
    bound[to] = bound[i];
    state[to] = state[i];
  }
  slots = next;
}

}  // namespace god
