#include "tsne/affinities.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/large_array.hpp"
#include "base/large_pages.hpp"
#include "base/parallel.hpp"
#include "tsne/dispatch.hpp"

namespace god {
namespace {

constexpr std::size_t kBlockRows = 256;

std::size_t padded(std::size_t count) {
  return (count + kTsneLanes - 1) / kTsneLanes * kTsneLanes;
}

// Squared distances minus the smallest one, divided by the largest one. Subtracting the same number from all
// of a row does not change its normalized Gaussian weights.
void scale_row(const float* distances, std::size_t k, std::vector<float>& w) {
  const auto [nearest, farthest] = std::minmax_element(distances, distances + k);
  const double low = *nearest;
  const double square = static_cast<double>(*farthest) * *farthest;
  std::fill(w.begin(), w.end(), std::numeric_limits<float>::infinity());
  for (std::size_t j = 0; j < k; j++) {
    const double d = distances[j];
    w[j] = square > 0 ? static_cast<float>((d - low) * (d + low) / square) : 0.0f;
  }
}

void make_room(Affinities& affinities, std::size_t edges) {
  affinities.columns.reserve(edges);
  affinities.values.reserve(edges);
  prefer_large_pages(affinities.columns.data(), edges * sizeof(std::uint32_t));
  prefer_large_pages(affinities.values.data(), edges * sizeof(float));
  affinities.columns.resize(edges);
  affinities.values.resize(edges);
}

// Where the edges of each row start: it needs room for its own neighbors and for the points that have it as a
// neighbor. An edge that exists in both directions is counted twice here and merged later.
std::vector<std::size_t> room_for_rows(NeighborView g, std::size_t threads) {
  std::vector<std::atomic<std::uint32_t>> incoming(g.n);
  parallel_rows(threads, g.n, kBlockRows, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    for (std::size_t e = begin * g.k; e < end * g.k; e++) {
      incoming[g.indices[e]].fetch_add(1, std::memory_order_relaxed);
    }
  });
  std::vector<std::size_t> starts(g.n + 1, 0);
  for (std::size_t i = 0; i < g.n; i++)
    starts[i + 1] = starts[i] + g.k + incoming[i].load(std::memory_order_relaxed);
  return starts;
}

struct Edge {
  std::uint32_t column;
  float value;
};

// Sorts edges by column, none beyond `largest`, by counting a byte at a time. Comparisons of columns in
// arbitrary order are mispredicted half of the time, which takes several times as long.
void sort_by_column(Edge* edges, std::size_t count, std::size_t largest, std::vector<Edge>& other) {
  constexpr std::size_t kBytes = 256;
  other.resize(count);
  Edge* from = edges;
  Edge* to = other.data();
  for (unsigned shift = 0; largest >> shift != 0; shift += 8) {
    std::uint32_t next[kBytes] = {};
    const auto byte_of = [&](const Edge& edge) { return edge.column >> shift & (kBytes - 1); };
    for (std::size_t e = 0; e < count; e++) next[byte_of(from[e])]++;
    std::uint32_t before = 0;
    for (std::uint32_t& position : next) before += std::exchange(position, before);
    for (std::size_t e = 0; e < count; e++) to[next[byte_of(from[e])]++] = from[e];
    std::swap(from, to);
  }
  if (from != edges) std::copy(from, from + count, edges);
}

// Adds up the sorted edges with the same column. Returns how many are left.
std::size_t merge_row(Edge* begin, Edge* end) {
  Edge* last = begin;
  for (Edge* edge = begin + 1; edge < end; edge++) {
    if (edge->column == last->column) {
      last->value += edge->value;  // at most two terms, so their order does not matter
    } else {
      *++last = *edge;
    }
  }
  return static_cast<std::size_t>(last - begin) + 1;
}

}  // namespace

std::vector<float> conditional_affinities(NeighborView g, double perplexity, Run run) {
  std::vector<float> p(g.n * g.k);
  const auto target = static_cast<float>(std::log(perplexity));
  parallel_rows(run.threads, g.n, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  run.monitor.check();
                  std::vector<float> w(padded(g.k));
                  std::vector<float> row(w.size());
                  for (std::size_t i = begin; i < end; i++) {
                    scale_row(g.distances + i * g.k, g.k, w);
                    tsne_simd().perplexity_search(w.data(), w.size(), target, row.data());
                    std::copy_n(row.begin(), g.k, p.begin() + static_cast<std::ptrdiff_t>(i * g.k));
                  }
                });
  return p;
}

Affinities symmetrize(NeighborView g, std::vector<float> conditional, Run run) {
  const std::vector<std::size_t> starts = room_for_rows(g, run.threads);
  const LargeArray<Edge> all(starts[g.n]);
  Edge* edges = all.data();
  std::vector<std::atomic<std::uint32_t>> filled(g.n);
  const float scale = 0.5f / static_cast<float>(g.n);
  parallel_rows(run.threads, g.n, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  run.monitor.check();
                  for (std::size_t i = begin; i < end; i++) {
                    for (std::size_t e = i * g.k; e < (i + 1) * g.k; e++) {
                      const std::uint32_t j = g.indices[e];
                      const float value = conditional[e] * scale;
                      edges[starts[i] + filled[i].fetch_add(1, std::memory_order_relaxed)] = {j, value};
                      edges[starts[j] + filled[j].fetch_add(1, std::memory_order_relaxed)] = {
                          static_cast<std::uint32_t>(i), value};
                    }
                  }
                });
  std::vector<float>().swap(conditional);
  // Threads filled each row in an arbitrary order; sorting makes the result independent of it.
  std::vector<std::size_t> lengths(g.n);
  parallel_rows(run.threads, g.n, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  run.monitor.check();
                  std::vector<Edge> other;
                  for (std::size_t i = begin; i < end; i++) {
                    sort_by_column(&edges[starts[i]], starts[i + 1] - starts[i], g.n - 1, other);
                    lengths[i] = merge_row(&edges[starts[i]], &edges[starts[i + 1]]);
                  }
                });
  Affinities out;
  out.offsets.resize(g.n + 1, 0);
  for (std::size_t i = 0; i < g.n; i++) out.offsets[i + 1] = out.offsets[i] + padded(lengths[i]);
  make_room(out, out.offsets[g.n]);
  parallel_rows(run.threads, g.n, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  for (std::size_t i = begin; i < end; i++) {
                    for (std::size_t e = out.offsets[i], q = 0; e < out.offsets[i + 1]; e++, q++) {
                      const bool real = q < lengths[i];
                      out.columns[e] = real ? edges[starts[i] + q].column : static_cast<std::uint32_t>(i);
                      out.values[e] = real ? edges[starts[i] + q].value : 0.0f;
                    }
                  }
                });
  return out;
}

Affinities joint_affinities(NeighborView g, double perplexity, Run run) {
  for (std::size_t e = 0; e < g.n * g.k; e++) {
    const bool fits = g.indices[e] < g.n && g.indices[e] != e / g.k;
    if (fits && g.distances[e] >= 0 && std::isfinite(g.distances[e])) continue;
    throw std::invalid_argument(
        "Expected `neighbors` to hold indices of other rows and finite distances of 0 or more but "
        "neighbor " +
        std::to_string(e % g.k) + " of row " + std::to_string(e / g.k) + " is " +
        std::to_string(g.indices[e]) + " at distance " + std::to_string(g.distances[e]));
  }
  return symmetrize(g, conditional_affinities(g, perplexity, run), run);
}

Affinities permute(const Affinities& a, const std::vector<std::uint32_t>& order, std::size_t threads) {
  const std::size_t n = a.size();
  std::vector<std::uint32_t> place(n);
  Affinities out;
  out.offsets.resize(n + 1, 0);
  for (std::size_t r = 0; r < n; r++) {
    place[order[r]] = static_cast<std::uint32_t>(r);
    out.offsets[r + 1] = out.offsets[r] + a.offsets[order[r] + 1] - a.offsets[order[r]];
  }
  make_room(out, a.values.size());
  parallel_rows(threads, n, kBlockRows, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    for (std::size_t r = begin; r < end; r++) {
      std::size_t from = a.offsets[order[r]];
      for (std::size_t e = out.offsets[r]; e < out.offsets[r + 1]; e++, from++) {
        out.columns[e] = place[a.columns[from]];
        out.values[e] = a.values[from];
      }
    }
  });
  return out;
}

double negative_entropy(const Affinities& a, std::size_t threads) {
  std::vector<double> parts((a.size() + kBlockRows - 1) / kBlockRows);
  parallel_rows(threads, a.size(), kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  double sum = 0;
                  for (std::size_t e = a.offsets[begin]; e < a.offsets[end]; e++) {
                    const double p = a.values[e];
                    if (p > 0) sum += p * std::log(p);
                  }
                  parts[block] = sum;
                });
  double total = 0;
  for (const double part : parts) total += part;
  return total;
}

}  // namespace god
