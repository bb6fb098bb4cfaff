#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "neighbors/group_tiles.hpp"
#include "neighbors/mutual_proximity.hpp"

namespace god {
namespace {

// Count, mean and sum of squared differences from the mean, updated by the formula of Chan, Golub and LeVeque
// (1979).
struct Spread {
  double count = 0, mean = 0, squares = 0;
  void add(double n, double m, double s) {
    const double total = count + n;
    const double apart = m - mean;
    squares += s + apart * apart * count * n / total;
    mean += apart * n / total;
    count = total;
  }
};

// Adds the distances of one tile, except number `own`.
void add_tile(float* distances, std::size_t width, std::size_t own, Spread& spread) {
  if (own < width) distances[own] = distances[--width];
  if (width == 0) return;
  const auto& simd = mutual_proximity_simd();
  std::fill(distances + width, distances + padded(width), 0.0F);
  const float mean = simd.sum(distances, padded(width)) / static_cast<float>(width);
  std::fill(distances + width, distances + padded(width), mean);
  const double n = static_cast<double>(width);
  spread.add(n, mean, simd.squares(distances, mean, padded(width)));
}

void measure_all(ConstMatrix32 from, GroupedRows to, std::size_t count, Run run, double* means,
                 double* deviations) {
  const SortedRows sorted(to, count);
  const SearchFrame frame(to.rows, from, Metric::kEuclidean, run.threads);
  const GroupCentered points(sorted, frame, run.threads);
  const SearchPoints rows(from, frame, run.threads);
  std::vector<std::unique_ptr<GroupTiles>> tiles(std::max<std::size_t>(1, run.threads));
  for_blocks(from.rows, run, [&](std::size_t begin, std::size_t end, std::size_t worker) {
    auto& mine = tiles[worker];
    if (!mine) mine = std::make_unique<GroupTiles>(rows, points, sorted, from.data == to.rows.data, 0.0);
    std::vector<Spread> spreads((end - begin) * count);
    mine->each(begin, end, run.monitor,
               [&](std::size_t i, std::size_t g, std::size_t, float* distances, std::size_t width,
                   std::size_t own) { add_tile(distances, width, own, spreads[(i - begin) * count + g]); });
    for (std::size_t at = 0; at < spreads.size(); at++) {
      const Spread& spread = spreads[at];
      means[begin * count + at] = spread.mean * frame.unit;
      deviations[begin * count + at] =
          spread.count > 0 ? std::sqrt(spread.squares / spread.count) * frame.unit : 0;
    }
  });
}

// measure_all for some of the rows.
void measure_set(ConstMatrix32 from, GroupedRows to, std::size_t count,
                 const std::vector<std::uint32_t>& rows, Run run, double* means, double* deviations) {
  const auto chosen = chosen_rows(from.data, from.cols, rows);
  std::vector<double> some_means(rows.size() * count), some_deviations(rows.size() * count);
  measure_all({chosen.data(), rows.size(), from.cols}, to, count, run, some_means.data(),
              some_deviations.data());
  put_rows(some_means, count, rows, means);
  put_rows(some_deviations, count, rows, deviations);
}

}  // namespace

void distance_moments(ConstMatrix32 from, GroupedRows to, std::size_t count, Run run, double* means,
                      double* deviations) {
  if (from.cols != to.rows.cols)
    throw std::invalid_argument("`from` and `to` must have the same number of columns");
  check_finite(from, "queries", run.threads);
  check_finite(to.rows, "X", run.threads);
  const auto sets = queries_by_unit(to.rows, from, run.threads);
  for (const auto& rows : sets) measure_set(from, to, count, rows, run, means, deviations);
  if (sets.empty()) measure_all(from, to, count, run, means, deviations);
}

}  // namespace god
