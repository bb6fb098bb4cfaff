#include "agglomerative/point_blocks.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "agglomerative/points_simd.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kBlock = kDistanceColumns;
constexpr std::uint32_t kNone = 0xFFFFFFFF;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Larger than any difference: coordinates are at most 1 in absolute value.
constexpr float kFar = 1e36F;
// A limit below every difference.
constexpr float kNothing = -1.0F;
// Blocks are packed once fewer than this fraction of their places holds a row.
constexpr double kPackShare = 0.875;
// This many coordinates are one unit of parallel work.
constexpr std::size_t kGrain = 1 << 16;

std::size_t blocks_of(std::size_t count) {
  return (count + kBlock - 1) / kBlock;
}

struct Segment {
  std::size_t begin, end;
};

// Halves the segment along the column in which it is widest, at a multiple of the block size.
Segment split(const MeasuredPoints& points, std::uint32_t* rows, Segment segment, Segment* right) {
  const std::size_t d = points.cols();
  std::vector<float> low(d, kFar), high(d, -kFar);
  for (std::size_t i = segment.begin; i < segment.end; i++) {
    const float* row = points.rounded(rows[i]);
    for (std::size_t k = 0; k < d; k++) {
      low[k] = std::min(low[k], row[k]);
      high[k] = std::max(high[k], row[k]);
    }
  }
  std::size_t widest = 0;
  for (std::size_t k = 1; k < d; k++) {
    if (high[k] - low[k] > high[widest] - low[widest]) widest = k;
  }
  const std::size_t middle = segment.begin + (blocks_of(segment.end - segment.begin) + 1) / 2 * kBlock;
  std::nth_element(rows + segment.begin, rows + middle, rows + segment.end,
                   [&points, widest](std::uint32_t a, std::uint32_t b) {
                     const float x = points.rounded(a)[widest];
                     const float y = points.rounded(b)[widest];
                     return x < y || (x == y && a < b);
                   });
  *right = {middle, segment.end};
  return {segment.begin, middle};
}

}  // namespace

PointBlocks::PointBlocks(const MeasuredPoints& points, Run run)
    : points_(points),
      d_(points.cols()),
      run_(run),
      left_(points.rows()),
      row_(points.rows()),
      nearest_(points.rows(), kInfinity),
      columns_(blocks_of(points.rows()) * kBlock * points.cols()) {
  std::iota(row_.begin(), row_.end(), 0U);
  order_rows();
  pack();
}

void PointBlocks::order_rows() {
  std::vector<Segment> segments{{0, row_.size()}};
  for (bool any = true; any;) {
    run_.monitor.check();
    std::vector<Segment> halves(segments.size() * 2, Segment{0, 0});
    parallel_for(run_.threads, segments.size(), [&](std::size_t s, std::size_t) {
      run_.monitor.check();
      halves[2 * s] = segments[s];
      if (segments[s].end - segments[s].begin > kBlock) {
        halves[2 * s] = split(points_, row_.data(), segments[s], &halves[2 * s + 1]);
      }
    });
    any = false;
    segments.clear();
    for (const Segment& half : halves) {
      if (half.begin == half.end) continue;
      segments.push_back(half);
      any = any || half.end - half.begin > kBlock;
    }
  }
}

// Removes empty places and keeps the order of rows.
void PointBlocks::pack() {
  std::size_t next = 0;
  for (std::size_t place = 0; place < row_.size(); place++) {
    if (row_[place] == kNone) continue;
    row_[next] = row_[place];
    nearest_[next++] = nearest_[place];
  }
  blocks_ = blocks_of(left_);
  const std::size_t groups = blocks_of(blocks_);
  row_.resize(blocks_ * kBlock);
  nearest_.resize(blocks_ * kBlock);
  std::fill(row_.begin() + static_cast<std::ptrdiff_t>(left_), row_.end(), kNone);
  std::fill(nearest_.begin() + static_cast<std::ptrdiff_t>(left_), nearest_.end(), kInfinity);
  limit_.assign(blocks_ * kBlock, kNothing);
  centers_.assign(groups * kBlock * d_, 0.0F);
  radius_.assign(blocks_, 0.0);
  reach_.assign(groups * kBlock, kNothing);
  block_nearest_.assign(blocks_, kInfinity);
  parallel_for(run_.threads, blocks_, [&](std::size_t block, std::size_t) { pack_block(block); });
}

void PointBlocks::pack_block(std::size_t block) {
  std::vector<double> sum(d_, 0.0);
  std::size_t count = 0;
  float* columns = columns_.data() + block * kBlock * d_;
  for (std::size_t j = 0; j < kBlock; j++) {
    const std::uint32_t row = row_[block * kBlock + j];
    for (std::size_t k = 0; k < d_; k++) {
      columns[k * kBlock + j] = row == kNone ? 0.0F : points_.rounded(row)[k];
      sum[k] += columns[k * kBlock + j];
    }
    if (row == kNone) continue;
    count++;
    const double nearest = nearest_[block * kBlock + j];
    limit_[block * kBlock + j] = nearest == kInfinity ? kFar : points_.limit(row, nearest);
  }
  std::vector<float> center(d_);
  for (std::size_t k = 0; k < d_; k++) {
    center[k] = static_cast<float>(sum[k] / static_cast<double>(count));
    centers_[block / kBlock * kBlock * d_ + k * kBlock + block % kBlock] = center[k];
  }
  for (std::size_t j = 0; j < count; j++) {
    radius_[block] = std::max(radius_[block], points_.distance_to(row_[block * kBlock + j], center.data()));
  }
  refresh(block);
}

// Updates a block's nearest distance and reach after some of its points have changed.
void PointBlocks::refresh(std::size_t block) {
  const double* nearest = nearest_.data() + block * kBlock;
  const float* limit = limit_.data() + block * kBlock;
  block_nearest_[block] = *std::min_element(nearest, nearest + kBlock);
  const float largest = *std::max_element(limit, limit + kBlock);
  reach_[block] = largest == kNothing
                      ? kNothing
                      : points_.limit_of_distance(points_.distance_of_limit(largest) + radius_[block]);
}

void PointBlocks::approach(std::uint32_t from) {
  const PointsSimd& simd = points_simd();
  const float* query = points_.rounded(from);
  in_reach_.clear();
  for (std::size_t first = 0; first < blocks_; first += kBlock) {
    std::uint32_t bits =
        simd.within(points_.gather(), d_, query, centers_.data() + first * d_, reach_.data() + first);
    for (std::size_t block = first; bits != 0; bits >>= 1, block++) {
      if (bits & 1) in_reach_.push_back(static_cast<std::uint32_t>(block));
    }
  }
  visit_in_reach(from);
}

// Each thread starts with its own share of the chunks and then helps with the others'. Every second call runs
// backwards, so that a thread starts with the blocks that the last call left in its cache.
void PointBlocks::visit_in_reach(std::uint32_t from) {
  const std::size_t grain = std::max<std::size_t>(1, kGrain / (kBlock * d_));
  const std::size_t chunks = (in_reach_.size() + grain - 1) / grain;
  const std::size_t threads = chunks > 2 ? run_.threads : 1;
  if (taken_.size() < chunks) taken_ = std::vector<std::atomic<bool>>(chunks);
  for (std::size_t chunk = 0; chunk < chunks; chunk++) taken_[chunk].store(false, std::memory_order_relaxed);
  backwards_ = !backwards_;
  const auto work = [&](std::size_t worker) {
    const std::size_t first = worker * chunks / threads;
    const std::size_t last = (worker + 1) * chunks / threads + chunks - 1;
    for (std::size_t step = 0; step < chunks; step++) {
      const std::size_t chunk = (backwards_ ? last - step : first + step) % chunks;
      if (taken_[chunk].exchange(true, std::memory_order_relaxed)) continue;
      const std::size_t begin = chunk * grain;
      const std::size_t count = std::min(grain, in_reach_.size() - begin);
      for (std::size_t i = 0; i < count; i++) {
        visit(in_reach_[begin + (backwards_ ? count - 1 - i : i)], from);
      }
    }
  };
  if (threads > 1) {
    parallel_section(threads, work);
  } else {
    work(0);
  }
}

void PointBlocks::visit(std::size_t block, std::uint32_t from) {
  const std::size_t first = block * kBlock;
  std::uint32_t bits = points_simd().within(points_.gather(), d_, points_.rounded(from),
                                            columns_.data() + first * d_, limit_.data() + first);
  bool changed = false;
  for (std::size_t place = first; bits != 0; bits >>= 1, place++) {
    if ((bits & 1) == 0) continue;
    const double gathered = points_.exact(from, row_[place]);
    if (!(gathered < nearest_[place])) continue;
    nearest_[place] = gathered;
    // At distance 0 nothing can be nearer.
    limit_[place] = gathered == 0 ? kNothing : points_.limit(row_[place], gathered);
    changed = true;
  }
  if (changed) refresh(block);
}

PointBlocks::Nearest PointBlocks::take_nearest() {
  const std::size_t block = matrix_simd_of<double>().smallest(block_nearest_.data(), blocks_);
  const double* nearest = nearest_.data() + block * kBlock;
  const auto place =
      block * kBlock + static_cast<std::size_t>(std::min_element(nearest, nearest + kBlock) - nearest);
  const Nearest taken{row_[place], nearest_[place]};
  take(place);
  return taken;
}

std::uint32_t PointBlocks::take_first() {
  const std::uint32_t row = row_[0];
  take(0);
  return row;
}

void PointBlocks::take(std::size_t place) {
  row_[place] = kNone;
  nearest_[place] = kInfinity;
  limit_[place] = kNothing;
  left_--;
  if (left_ > 0 && static_cast<double>(left_) < kPackShare * static_cast<double>(blocks_ * kBlock) &&
      blocks_of(left_) < blocks_) {
    pack();
  } else {
    refresh(place / kBlock);
  }
}

}  // namespace god
