#include "neighbors/neighbors.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/parallel.hpp"
#include "base/products.hpp"
#include "base/simd_dispatch.hpp"
#include "neighbors/neighbors_simd.hpp"
#include "neighbors/ranked.hpp"
#include "neighbors/search_points.hpp"

namespace god {

GOD_DECLARE_SIMD_TABLE(NeighborSimd, neighbor_simd)

namespace {

// With 128 queries, a tile is half a megabyte of products, which stays in the cache.
constexpr std::size_t kTilePoints = 1024;
// Blocks of queries for each thread from which on tiles are packed once for all.
constexpr std::size_t kBlocksToShare = 4;
constexpr float kFar = std::numeric_limits<float>::infinity();

struct Search {
  const SearchPoints& points;
  const SearchPoints& queries;
  bool among_themselves;
  std::size_t k;     // neighbors asked for
  std::size_t keep;  // candidates kept: a few more than k, so that rounding in the first pass seldom matters
  Metric metric;
  Run run;
  std::uint32_t* indices;
  float* distances;
};

// Packs points [first, first + width), times -2, as the right factor of a tile of products.
void pack_points(const SearchPoints& points, std::size_t first, std::size_t width, PackedMatrix& out) {
  out.pack(Transpose::kYes, points.centered_row(first), points.stride, points.cols, width, -2.0f);
}

// All tiles of the points, packed for all blocks of queries. Empty if there are so few blocks that each packs
// what it reads: the memory of all tiles would cost more time than it saves.
std::vector<PackedMatrix> packed_tiles(const SearchPoints& points, std::size_t blocks, std::size_t threads) {
  std::vector<PackedMatrix> tiles;
  if (blocks < kBlocksToShare * threads) return tiles;
  tiles.resize((points.rows + kTilePoints - 1) / kTilePoints);
  parallel_rows(threads, points.rows, kTilePoints,
                [&](std::size_t begin, std::size_t end, std::size_t tile, std::size_t) {
                  pack_points(points, begin, end - begin, tiles[tile]);
                });
  return tiles;
}

// Scratch memory of one thread.
class BlockSearch {
 public:
  BlockSearch(const Search& search, const std::vector<PackedMatrix>& tiles, std::size_t block_rows)
      : search_(search),
        tiles_(tiles),
        limit_(std::min(4 * search.keep, std::max(search.points.rows, search.keep + 1))),
        stride_(limit_ + 32),
        products_(block_rows * kTilePoints),
        values_(block_rows * stride_),
        ids_(block_rows * stride_),
        counts_(block_rows),
        thresholds_(block_rows) {}

  void run(std::size_t begin, std::size_t end) {
    std::fill(counts_.begin(), counts_.end(), std::size_t{0});
    std::fill(thresholds_.begin(), thresholds_.end(), kFar);
    for (std::size_t first = 0; first < search_.points.rows; first += kTilePoints) {
      search_.run.monitor.check();
      scan_tile(begin, end, first, std::min(kTilePoints, search_.points.rows - first));
    }
    for (std::size_t i = begin; i < end; i++) finish(i, i - begin);
  }

 private:
  void scan_tile(std::size_t begin, std::size_t end, std::size_t first, std::size_t width) {
    const SearchPoints& queries = search_.queries;
    const std::size_t padded = (width + 15) / 16 * 16;
    if (tiles_.empty()) pack_points(search_.points, first, width, packed_);
    const PackedMatrix& tile = tiles_.empty() ? packed_ : tiles_[first / kTilePoints];
    tile.multiply({queries.centered_row(begin), queries.stride, end - begin},
                  {products_.data(), kTilePoints});
    for (std::size_t r = 0; r < end - begin; r++) {
      float* products = &products_[r * kTilePoints];
      if (search_.among_themselves && begin + r >= first && begin + r < first + width) {
        products[begin + r - first] = kFar;
      }
      std::fill(products + width, products + padded, kFar);
      scan_row(r, products, first, padded);
    }
  }

  void scan_row(std::size_t r, const float* products, std::size_t first, std::size_t padded) {
    CandidateList list{&values_[r * stride_], &ids_[r * stride_], counts_[r], limit_};
    const float* norms = search_.points.norms.data() + first;
    for (std::size_t j = 0; j < padded;) {
      j = neighbor_simd().filter(products, norms, j, padded, thresholds_[r],
                                 static_cast<std::uint32_t>(first), &list);
      if (list.count >= limit_) shorten(list, thresholds_[r]);
    }
    counts_[r] = list.count;
  }

  std::size_t slack() const { return search_.keep / 8; }

  // Leaves `keep` candidates or a few more, and sets `threshold`, below which all of them are.
  void shorten(CandidateList& list, float& threshold) {
    if (!neighbor_simd().shrink(&list, search_.keep, slack(), &threshold)) threshold = trim(list);
  }

  // Keeps the best `keep` candidates, for lists with many equal values. Returns the worst value kept.
  float trim(CandidateList& list) {
    ranks_.resize(list.count);
    const auto keep = static_cast<std::ptrdiff_t>(search_.keep);
    // Values can be negative. After this bit flip, unsigned bits are in the order of the values.
    for (std::size_t e = 0; e < list.count; e++) {
      std::uint32_t bits;
      std::memcpy(&bits, &list.values[e], sizeof bits);
      bits ^= (bits >> 31) != 0 ? 0xFFFFFFFFu : 0x80000000u;
      ranks_[e] = std::uint64_t{bits} << 32 | e;
    }
    std::nth_element(ranks_.begin(), ranks_.begin() + keep - 1, ranks_.end());
    kept_values_.resize(search_.keep);
    kept_ids_.resize(search_.keep);
    float worst = -kFar;
    for (std::size_t e = 0; e < search_.keep; e++) {
      const auto from = static_cast<std::uint32_t>(ranks_[e]);
      kept_values_[e] = list.values[from];
      kept_ids_[e] = list.ids[from];
      worst = std::max(worst, kept_values_[e]);
    }
    std::copy(kept_values_.begin(), kept_values_.end(), list.values);
    std::copy(kept_ids_.begin(), kept_ids_.end(), list.ids);
    list.count = search_.keep;
    return worst;
  }

  // Ranks the candidates of query i by their true distances and writes the first k.
  void finish(std::size_t i, std::size_t r) {
    CandidateList list{&values_[r * stride_], &ids_[r * stride_], counts_[r], limit_};
    if (list.count > search_.keep + slack()) shorten(list, thresholds_[r]);
    rank(i, list.ids, list.count);
    if (!proven(i, thresholds_[r], ranks_[search_.k - 1])) search_directly(i);
    for (std::size_t e = 0; e < search_.k; e++) {
      const std::uint64_t rank = ranks_[e];
      search_.indices[i * search_.k + e] = static_cast<std::uint32_t>(rank);
      search_.distances[i * search_.k + e] = reported(distance_of(rank));
    }
  }

  void rank(std::size_t i, const std::uint32_t* ids, std::size_t count) {
    measured_.resize(count);
    ranks_.resize(count);
    const SearchPoints& points = search_.points;
    neighbor_simd().squared_distances(search_.queries.exact_row(i), points.exact, points.exact_stride,
                                      points.exact_cols, ids, count, measured_.data());
    for (std::size_t e = 0; e < count; e++) ranks_[e] = ranked(std::sqrt(measured_[e]), ids[e]);
    const auto k = static_cast<std::ptrdiff_t>(search_.k);
    if (count > search_.k) std::nth_element(ranks_.begin(), ranks_.begin() + k, ranks_.end());
    std::sort(ranks_.begin(), ranks_.begin() + k);
  }

  // Whether no point that the first pass dropped can be nearer than the k-th candidate. A dropped point y had
  // a computed value a = |y|^2 - 2 x.y >= threshold. Let u = 2^-24. A product of d terms, in any order, has
  // an error of at most d u |x||y| (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1);
  // the norm, the sum and the centering of the coordinates add a few u (|x|^2 + |y|^2). For |y| <= 4|x| that
  // is less than (8 d + 128) u |x|^2 in total. For a longer y the value is at least |y|^2 / 2, and its
  // relative error less than (d + 32) u.
  bool proven(std::size_t i, float threshold, std::uint64_t kth) const {
    const double distance = distance_of(kth);
    if (threshold == kFar || distance == 0) return true;
    constexpr double u = 0x1p-24;
    const double norm = search_.queries.exact_norms[i];
    const double d = static_cast<double>(search_.points.cols);
    const double error =
        u * std::max((8 * d + 128) * norm, (2 * d + 64) * std::abs(static_cast<double>(threshold)));
    return distance * distance <= threshold + norm - error;
  }

  void search_directly(std::size_t i) {
    search_.run.monitor.check();
    std::vector<std::uint32_t> ids;
    ids.reserve(search_.points.rows);
    for (std::size_t j = 0; j < search_.points.rows; j++) {
      if (!search_.among_themselves || j != i) ids.push_back(static_cast<std::uint32_t>(j));
    }
    rank(i, ids.data(), ids.size());
  }

  float reported(float distance) const {
    if (search_.metric == Metric::kCosine) return 0.5f * distance * distance;
    constexpr double largest = std::numeric_limits<float>::max();
    return static_cast<float>(std::min(largest, distance * search_.points.unit));
  }

  const Search& search_;
  const std::vector<PackedMatrix>& tiles_;
  std::size_t limit_;
  std::size_t stride_;
  PackedMatrix packed_;
  std::vector<float> products_;
  std::vector<float> values_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::size_t> counts_;
  std::vector<float> thresholds_;
  std::vector<std::uint64_t> ranks_;
  std::vector<float> kept_values_;
  std::vector<std::uint32_t> kept_ids_;
  std::vector<float> measured_;
};

void search_blocks(const Search& search) {
  // With many neighbors, fewer rows at a time, so that their candidates stay in the cache.
  const std::size_t block_rows = search.keep <= 256 ? 128 : 32;
  const std::size_t blocks = (search.queries.rows + block_rows - 1) / block_rows;
  const std::vector<PackedMatrix> tiles = packed_tiles(search.points, blocks, search.run.threads);
  std::vector<std::unique_ptr<BlockSearch>> scratch(std::max<std::size_t>(1, search.run.threads));
  std::atomic<std::size_t> done{0};
  parallel_rows(search.run.threads, search.queries.rows, block_rows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  auto& mine = scratch[worker];
                  if (!mine) mine = std::make_unique<BlockSearch>(search, tiles, block_rows);
                  mine->run(begin, end);
                  const std::size_t count = ++done;
                  // Only one thread reports, so that progress never decreases.
                  if (worker == 0)
                    search.run.monitor.progress(static_cast<double>(count) / static_cast<double>(blocks));
                });
  search.run.monitor.progress(1);
}

std::size_t candidates_to_keep(std::size_t k, std::size_t available) {
  return std::min(available, k + std::max<std::size_t>(4, k / 12));
}

void search_queries(ConstMatrix32 points, ConstMatrix32 queries, std::size_t k, Metric metric, Run run,
                    std::uint32_t* indices, float* distances) {
  const SearchFrame frame(points, queries, metric, run.threads);
  const SearchPoints prepared(points, frame, run.threads);
  const SearchPoints asked(queries, frame, run.threads);
  search_blocks(
      {prepared, asked, false, k, candidates_to_keep(k, points.rows), metric, run, indices, distances});
}

// search_queries for some rows of the queries.
void search_set(ConstMatrix32 points, ConstMatrix32 queries, const std::vector<std::uint32_t>& rows,
                std::size_t k, Run run, std::uint32_t* indices, float* distances) {
  const std::vector<float> chosen = chosen_rows(queries.data, queries.cols, rows);
  std::vector<std::uint32_t> found(rows.size() * k);
  std::vector<float> far(rows.size() * k);
  search_queries(points, {chosen.data(), rows.size(), queries.cols}, k, Metric::kEuclidean, run, found.data(),
                 far.data());
  put_rows(found, k, rows, indices);
  put_rows(far, k, rows, distances);
}

}  // namespace

void nearest_neighbors(ConstMatrix32 points, ConstMatrix32 queries, std::size_t k, Metric metric, Run run,
                       std::uint32_t* indices, float* distances) {
  if (points.cols != queries.cols)
    throw std::invalid_argument("queries and points must have the same number of columns");
  if (k > points.rows) throw std::invalid_argument("k must not exceed the number of points");
  if (k == 0 || queries.rows == 0) return;
  check_finite(points, "points", run.threads);
  check_finite(queries, "queries", run.threads);
  if (metric == Metric::kEuclidean) {
    const auto sets = queries_by_unit(points, queries, run.threads);
    for (const auto& rows : sets) search_set(points, queries, rows, k, run, indices, distances);
    if (!sets.empty()) return;
  }
  search_queries(points, queries, k, metric, run, indices, distances);
}

void nearest_neighbors(ConstMatrix32 points, std::size_t k, Metric metric, Run run, std::uint32_t* indices,
                       float* distances) {
  if (k == 0 || points.rows == 0) return;
  if (k >= points.rows) throw std::invalid_argument("k must be less than the number of points");
  check_finite(points, "points", run.threads);
  const SearchFrame frame(points, points, metric, run.threads);
  const SearchPoints prepared(points, frame, run.threads);
  search_blocks(
      {prepared, prepared, true, k, candidates_to_keep(k, points.rows - 1), metric, run, indices, distances});
}

}  // namespace god
