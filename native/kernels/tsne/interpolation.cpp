#include "tsne/interpolation.hpp"

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "base/simd_dispatch.hpp"

namespace god {

GOD_DECLARE_SIMD_TABLE(InterpolationSimd, interpolation_simd)

namespace {

constexpr std::size_t kBlockPoints = 4096;
// With more blocks, adding up their counts would take longer than counting.
constexpr std::size_t kMostBlocks = 64;
// At most this many points are spread by one job, so that several jobs share a crowded tile.
constexpr std::size_t kChunkPoints = 2048;
// The longer side of a small layout has about this many cells: nodes are closer together than the given
// spacing.
constexpr double kFewestCells = 48;
constexpr double kLeastSpacing = 1e-9;

}  // namespace

InterpolatedRepulsion::InterpolatedRepulsion(std::size_t n, double spacing, std::size_t threads)
    : n_(n),
      threads_(threads),
      largest_spacing_(spacing),
      block_points_(std::max(kBlockPoints, (n + kMostBlocks - 1) / kMostBlocks)),
      blocks_((n + block_points_ - 1) / block_points_),
      points_(n),
      sums_((n + kBlockPoints - 1) / kBlockPoints),
      grid_(threads) {}

InterpolatedRepulsion::Box InterpolatedRepulsion::measure(const float* layout) const {
  std::vector<Box> boxes(blocks_);
  parallel_rows(threads_, n_, block_points_,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  const float* y = layout + 2 * begin;
                  Box box{{y[0], y[1]}, {y[0], y[1]}};
                  for (std::size_t e = 0; e < 2 * (end - begin); e++) {
                    box.low[e % 2] = std::min(box.low[e % 2], y[e]);
                    box.high[e % 2] = std::max(box.high[e % 2], y[e]);
                  }
                  boxes[block] = box;
                });
  for (const Box& box : boxes) {
    for (int c = 0; c < 2; c++) {
      boxes[0].low[c] = std::min(boxes[0].low[c], box.low[c]);
      boxes[0].high[c] = std::max(boxes[0].high[c], box.high[c]);
    }
  }
  return boxes[0];
}

std::size_t InterpolatedRepulsion::fit(const float* layout) {
  const Box box = measure(layout);
  double extent[2];
  for (int c = 0; c < 2; c++) {
    low_[c] = box.low[c];
    extent[c] = static_cast<double>(box.high[c]) - static_cast<double>(box.low[c]);
  }
  const double longest = std::max(extent[0], extent[1]);
  spacing_ = std::max(std::min(longest / kFewestCells, largest_spacing_), kLeastSpacing);
  scale_ = static_cast<float>(1 / spacing_);
  if (!(longest / spacing_ < static_cast<double>(kMostNodes))) return 0;
  for (int c = 0; c < 2; c++) {
    // Rounding can move the last point into the next cell, and its spline covers three more nodes.
    const auto cells = static_cast<std::size_t>(extent[c] / spacing_ * (1 + 1e-6)) + 3;
    tiles_[c] = (cells + kTileWidth - 1) / kTileWidth;
    nodes_[c] = fft_length(cells + 3 + FieldGrid::kMargin);
  }
  return std::max(nodes_[0], nodes_[1]) > kMostNodes ? 0 : nodes_[0] * nodes_[1];
}

PlacedPoint InterpolatedRepulsion::place(const float* layout, std::size_t row) const {
  return {(layout[2 * row] - low_[0]) * scale_, (layout[2 * row + 1] - low_[1]) * scale_,
          static_cast<std::uint32_t>(row)};
}

// Tiles are numbered along x first, then along y.
std::size_t InterpolatedRepulsion::tile_of(PlacedPoint point) const {
  const auto x = static_cast<std::size_t>(static_cast<int>(point.x));
  const auto y = static_cast<std::size_t>(static_cast<int>(point.y));
  return y / kTileWidth * tiles_[0] + x / kTileWidth;
}

// A counting sort of the points by tile. It is stable, so the order depends on the layout alone.
void InterpolatedRepulsion::sort(const float* layout) {
  const std::size_t tiles = tiles_[0] * tiles_[1];
  counts_.assign(blocks_ * tiles, 0);
  ends_.resize(tiles);
  parallel_rows(threads_, n_, block_points_,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  std::uint32_t* counts = &counts_[block * tiles];
                  for (std::size_t i = begin; i < end; i++) counts[tile_of(place(layout, i))]++;
                });
  std::uint32_t sum = 0;
  for (std::size_t tile = 0; tile < tiles; tile++) {
    for (std::size_t block = 0; block < blocks_; block++) {
      std::uint32_t& count = counts_[block * tiles + tile];
      const std::uint32_t first = sum;
      sum += count;
      count = first;
    }
    ends_[tile] = sum;
  }
  parallel_rows(threads_, n_, block_points_,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  std::uint32_t* places = &counts_[block * tiles];
                  for (std::size_t i = begin; i < end; i++) {
                    const PlacedPoint point = place(layout, i);
                    points_[places[tile_of(point)]++] = point;
                  }
                });
}

void InterpolatedRepulsion::cut_tiles() {
  chunks_.clear();
  band_chunks_.assign(1, 0);
  std::uint32_t begin = 0;
  for (std::size_t y = 0; y < tiles_[1]; y++) {
    for (std::size_t x = 0; x < tiles_[0]; x++) {
      const std::uint32_t end = ends_[y * tiles_[0] + x];
      while (begin < end) {
        const auto next = static_cast<std::uint32_t>(std::min<std::size_t>(end, begin + kChunkPoints));
        chunks_.push_back({static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), begin, next});
        begin = next;
      }
    }
    band_chunks_.push_back(chunks_.size());
  }
  if (patches_.size() < chunks_.size()) patches_.resize(chunks_.size());
}

// Sums the charges of 16 rows of nodes: from this band's tiles, and from the band below, whose patches reach
// three rows into this one.
void InterpolatedRepulsion::gather_band(std::size_t band, ComplexLanes* rows) const {
  static_assert(FieldGrid::kBand == kTileWidth);
  for (std::size_t x = 0; x < nodes_[0]; x++) rows[x].re = RealLanes{};
  const auto add = [&](std::size_t tile_row, std::size_t from, std::size_t count) {
    for (std::size_t c = band_chunks_[tile_row]; c < band_chunks_[tile_row + 1]; c++) {
      const std::size_t first = chunks_[c].tile_x * kTileWidth;
      const std::size_t width = std::min(kPatchWidth, nodes_[0] - first);
      for (std::size_t x = 0; x < width; x++) {
        const float* line = patches_[c].at + x * kPatchStride + from;
        for (std::size_t l = 0; l < count; l++) rows[first + x].re.at[l] += line[l];
      }
    }
  };
  if (band < tiles_[1]) add(band, 0, kTileWidth);
  if (band > 0 && band - 1 < tiles_[1]) add(band - 1, kTileWidth, kPatchWidth - kTileWidth);
}

void InterpolatedRepulsion::run(const float* layout, float* force) {
  grid_.resize(nodes_[0], nodes_[1], spacing_);
  sort(layout);
  cut_tiles();
  parallel_for(threads_, chunks_.size(), [&](std::size_t c, std::size_t) {
    const Chunk& chunk = chunks_[c];
    interpolation_simd().spread(&points_[chunk.begin], chunk.end - chunk.begin, chunk.tile_x * kTileWidth,
                                chunk.tile_y * kTileWidth, &patches_[c]);
  });
  parallel_for(threads_, grid_.bands(), [&](std::size_t band, std::size_t worker) {
    gather_band(band, grid_.rows(worker));
    grid_.put(band, worker);
  });
  grid_.convolve();
  const auto scale = static_cast<float>(-0.5 / spacing_);
  parallel_rows(threads_, n_, kBlockPoints,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  sums_[block] = interpolation_simd().gather(&points_[begin], end - begin, grid_.field(),
                                                             grid_.stride(), scale, force);
                });
  const auto n = static_cast<double>(n_);
  double sum = grid_.offset() * n * n - grid_.self() * n;
  for (const double part : sums_) sum += part;
  normalizer_ = std::max(sum, 1e-7 * n);
}

}  // namespace god
