// Let q be a query, p a candidate (centroids in float64), B the distance delta of the nearest cluster known
// so far, u = 2^-24, and q', p' the centroids rounded to float32. The tile computes, in float32,
//   s = fl(|p'|^2) - 2 q'.p'                                                                        (1)
// and p can be as near as that, delta(q, p) <= B, only if
//   |q - p|^2 <= B (1/nq + 1/np).                                                                   (2)
//
// The error of s: the sum has d + 1 terms, the first of which carries one rounding. By the usual analysis
// (Higham, "Accuracy and stability of numerical algorithms", section 3.1), with or without fused
// multiply-add and with g = m u / (1 - m u), m = d + 2,
//   |s + |q'|^2 - |q' - p'|^2| <= g (|p'|^2 + 2 |q'||p'|) <= g (|q'| + |p'|)^2.
// Rounding the centroids moves each by at most u times its norm, so
//   ||q' - p'|^2 - |q - p|^2| <= (2u + u^2) (|q| + |p|)^2.
// With m = d + 8 instead of d + 2, g covers both and the factors (1 + u)^2 between |q'| and |q|:
//   |s + |q'|^2 - |q - p|^2| <= g (|q'| + |p'|)^2.
// |p'| is at most the largest norm of all and, by (2) with np >= 1, at most |q'| + (1 + 4u) sqrt(B (1/nq +
// 1)). Let E be g (|q'| + |p'|)^2 with the smaller of these two, plus 2^-120 (d + 4) for underflow: each of
// the d + 4 operations loses less than 2^-126 to it, also where subnormal numbers are flushed to zero.
//
// So (2) implies s <= B / np + (B / nq + E - |q'|^2). The right-hand side is evaluated in float32 as slope *
// fl(1/np) + limit, where fl(1/np), the product and the sum each have a relative error of u. With l the
// bracket, slope = B (1 + 8u) and limit = l + 4u |l|, both rounded up from float64, keep it an upper bound.
// No cluster that is as near as the nearest one is missed.
#include "agglomerative/ward/ward_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "agglomerative/ward/ward_simd.hpp"
#include "base/large_array.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr double kUnit = 0x1.0p-24;
// Coordinates are at most 1 in absolute value; no limit comes near this.
constexpr float kNever = 1e36F;
// How many blocks of 12 queries share one pass over the columns, and how many bytes of columns should stay in
// the second-level cache meanwhile.
constexpr std::size_t kMostBlocks = 16;
constexpr std::size_t kCacheBytes = 128 * 1024;

float round_up(double value) {
  return std::nextafter(static_cast<float>(value), std::numeric_limits<float>::infinity());
}

// `count` zeros.
LargeArray<float> zeros(std::size_t count) {
  LargeArray<float> array(count);
  std::fill_n(array.data(), count, 0.0F);
  return array;
}

std::size_t blocks_of(std::size_t count, std::size_t block) {
  return (count + block - 1) / block;
}

// All clusters in float32: blocks of 32, each d x 32.
class Columns {
 public:
  explicit Columns(const WardClusters& clusters)
      : c_(clusters),
        blocks_(blocks_of(clusters.slots, kWardColumns)),
        coordinates_(zeros(blocks_ * kWardColumns * clusters.dims)),
        norms_(zeros(blocks_ * kWardColumns)),
        inverse_sizes_(zeros(blocks_ * kWardColumns)) {}

  void read(std::size_t slot) {
    float* column = at(slot);
    const double* row = c_.row(slot);
    double norm = 0;
    for (std::size_t k = 0; k < c_.dims; k++) {
      const auto value = static_cast<float>(row[k]);
      column[k * kWardColumns] = value;
      norm += static_cast<double>(value) * static_cast<double>(value);
    }
    norms_.data()[slot] = static_cast<float>(norm);
    inverse_sizes_.data()[slot] = static_cast<float>(1 / c_.size[slot]);
  }
  void remove(std::size_t slot) { norms_.data()[slot] = kNever; }
  void clear_from(std::size_t slot) {
    for (; slot < blocks_ * kWardColumns; slot++) remove(slot);
  }

  // Coordinate k of a slot is at(slot)[k * 32].
  float* at(std::size_t slot) const {
    return coordinates_.data() + slot / kWardColumns * kWardColumns * c_.dims + slot % kWardColumns;
  }
  const float* norms(std::size_t slot) const { return norms_.data() + slot; }
  const float* inverse_sizes(std::size_t slot) const { return inverse_sizes_.data() + slot; }

 private:
  const WardClusters& c_;
  std::size_t blocks_;
  LargeArray<float> coordinates_;
  LargeArray<float> norms_;
  LargeArray<float> inverse_sizes_;
};

// Up to kMostBlocks blocks of queries that are compared with the columns in one pass. Used by one thread.
class QueryGroup {
 public:
  QueryGroup(WardClusters& clusters, const Columns& columns)
      : c_(clusters), columns_(columns), packed_(zeros(kMostBlocks * kWardQueries * clusters.dims)) {
    const double m = (static_cast<double>(c_.dims) + 8) * kUnit;
    relative_error_ = m / (1 - m);
    absolute_error_ = (static_cast<double>(c_.dims) + 4) * 0x1.0p-120;
  }

  void begin(const std::uint32_t* queries, std::size_t count, double largest_norm) {
    count_ = count;
    largest_norm_ = largest_norm;
    for (std::size_t r = 0; r < blocks_of(count, kWardQueries) * kWardQueries; r++) {
      Query& query = queries_[r];
      query.slot = queries[std::min(r, count - 1)];  // copies of the last query fill up the last block
      query.nearest = c_.neighbor[query.slot];
      query.distance = c_.distance(query.slot, query.nearest);
      const float* column = columns_.at(query.slot);
      query.squared_norm = 0;
      float* packed = packed_.data() + r / kWardQueries * kWardQueries * c_.dims + r % kWardQueries;
      for (std::size_t k = 0; k < c_.dims; k++) {
        const double value = column[k * kWardColumns];
        packed[k * kWardQueries] = -2 * column[k * kWardColumns];
        query.squared_norm += value * value;
      }
      set_limit(r);
    }
  }

  void scan(std::size_t first_slot, std::size_t last_slot) {
    const WardSimd& simd = ward_simd();
    alignas(64) float products[kWardQueries * kWardColumns];
    std::uint32_t hits[kWardQueries];
    for (std::size_t block = 0; block < blocks_of(count_, kWardQueries); block++) {
      const std::size_t r = block * kWardQueries;
      for (std::size_t slot = first_slot; slot < last_slot; slot += kWardColumns) {
        if (simd.scan(c_.dims, packed_.data() + r * c_.dims, columns_.at(slot), columns_.norms(slot),
                      columns_.inverse_sizes(slot), slopes_ + r, limits_ + r, products, hits)) {
          for (std::size_t i = 0; i < kWardQueries; i++) {
            if (hits[i] != 0) check(r + i, slot, hits[i], products + i * kWardColumns);
          }
        }
      }
    }
  }

  void finish() {
    for (std::size_t r = 0; r < count_; r++) {
      const Query& query = queries_[r];
      c_.neighbor[query.slot] = query.nearest;
      c_.bound[query.slot] = query.distance;
      c_.state[query.slot] = ClusterState::kKnown;
    }
  }

 private:
  struct Query {
    std::uint32_t slot;
    std::uint32_t nearest;
    double distance;
    double squared_norm;
  };

  // Sets the float32 form of condition (2) for the nearest distance known so far.
  void set_limit(std::size_t r) {
    const Query& query = queries_[r];
    const double b = query.distance;
    const double inverse = 1 / c_.size[query.slot];
    const double norm = std::sqrt(query.squared_norm);
    const double other = std::min(largest_norm_, norm + (1 + 4 * kUnit) * std::sqrt(b * (inverse + 1)));
    const double error = relative_error_ * (norm + other) * (norm + other) + absolute_error_;
    const double limit = b * inverse + error - query.squared_norm;
    slopes_[r] = round_up(b * (1 + 8 * kUnit));
    limits_[r] = round_up(limit + 4 * kUnit * std::fabs(limit));
  }

  void check(std::size_t r, std::size_t first_slot, std::uint32_t hits, const float* products) {
    Query& query = queries_[r];
    for (std::size_t j = 0; j < kWardColumns; j++) {
      if ((hits >> j & 1) == 0) continue;
      const std::size_t slot = first_slot + j;
      if (slot == query.slot) continue;
      // An earlier column of the same block can have lowered the limit since.
      if (products[j] > slopes_[r] * columns_.inverse_sizes(slot)[0] + limits_[r]) continue;
      const double distance = c_.distance(query.slot, slot);
      if (distance < query.distance || (distance == query.distance && slot < query.nearest)) {
        query.distance = distance;
        query.nearest = static_cast<std::uint32_t>(slot);
        set_limit(r);
      }
    }
  }

  WardClusters& c_;
  const Columns& columns_;
  LargeArray<float> packed_;
  double relative_error_;
  double absolute_error_;
  double largest_norm_ = 0;
  std::size_t count_ = 0;
  Query queries_[kMostBlocks * kWardQueries];
  float slopes_[kMostBlocks * kWardQueries];
  float limits_[kMostBlocks * kWardQueries];
};

class WardTileSearch : public WardSearch {
 public:
  WardTileSearch(WardClusters& clusters, Run run)
      : c_(clusters), run_(run), columns_(clusters), groups_(run.threads) {}

  void rebuild() override {
    constexpr std::size_t kRows = 1024;
    parallel_rows(run_.threads, c_.slots, kRows,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                    for (std::size_t slot = begin; slot < end; slot++) columns_.read(slot);
                  });
    columns_.clear_from(c_.slots);
    // Merging does not increase the largest norm: a centroid lies between those of its parts.
    const float largest =
        *std::max_element(columns_.norms(0), columns_.norms(c_.slots),
                          [](float a, float b) { return (a == kNever ? 0 : a) < (b == kNever ? 0 : b); });
    largest_norm_ = std::sqrt(static_cast<double>(largest)) * (1 + 4 * kUnit);
  }

  void merged(std::size_t into, std::size_t from) override {
    columns_.read(into);
    columns_.remove(from);
  }

  void search(const std::vector<std::uint32_t>& queries) override {
    const std::size_t blocks = blocks_of(queries.size(), kWardQueries);
    const std::size_t blocks_each =
        std::clamp(blocks_of(blocks, run_.threads * 4), std::size_t{1}, kMostBlocks);
    const std::size_t panel =
        std::max<std::size_t>(1, kCacheBytes / (kWardColumns * sizeof(float) * c_.dims)) * kWardColumns;
    parallel_rows(run_.threads, queries.size(), blocks_each * kWardQueries,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                    if (!groups_[worker]) groups_[worker] = std::make_unique<QueryGroup>(c_, columns_);
                    QueryGroup& group = *groups_[worker];
                    group.begin(queries.data() + begin, end - begin, largest_norm_);
                    for (std::size_t slot = 0; slot < c_.slots; slot += panel) {
                      run_.monitor.check();
                      group.scan(slot, std::min(c_.slots, slot + panel));
                    }
                    group.finish();
                  });
  }

 private:
  WardClusters& c_;
  Run run_;
  Columns columns_;
  std::vector<std::unique_ptr<QueryGroup>> groups_;
  double largest_norm_ = 0;
};

}  // namespace

std::unique_ptr<WardSearch> make_ward_tile_search(WardClusters& clusters, Run run) {
  return std::make_unique<WardTileSearch>(clusters, run);
}

}  // namespace god
