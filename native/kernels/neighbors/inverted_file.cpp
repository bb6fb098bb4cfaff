#include "neighbors/inverted_file.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "base/parallel.hpp"
#include "neighbors/search_points.hpp"

namespace god {
namespace {

constexpr std::size_t kCellPoints = 512;
// Cells with more points are cut into pieces of at most this many: if all points are equal, one cell has them
// all.
constexpr std::size_t kLargestPiece = 2048;
constexpr std::size_t kFewestProbes = 64;
constexpr std::size_t kSamplePerCell = 48;
constexpr int kLloydRounds = 5;

// Returns the nearest center of each row.
std::vector<std::uint32_t> assign(ConstMatrix32 centers, ConstMatrix32 rows, Run run) {
  std::vector<std::uint32_t> cells(rows.rows);
  std::vector<float> distances(rows.rows);
  constexpr std::size_t kRows = 65536;
  for (std::size_t begin = 0; begin < rows.rows; begin += kRows) {
    run.monitor.check();
    Monitor unseen;  // hides this search's progress from the caller
    const ConstMatrix32 part{rows.row(begin), std::min(kRows, rows.rows - begin), rows.cols};
    nearest_neighbors(centers, part, 1, Metric::kEuclidean, {run.threads, unseen}, &cells[begin],
                      &distances[begin]);
  }
  return cells;
}

std::vector<float> gather(ConstMatrix32 x, const std::vector<std::uint32_t>& rows) {
  std::vector<float> out(rows.size() * x.cols);
  for (std::size_t r = 0; r < rows.size(); r++) std::copy_n(x.row(rows[r]), x.cols, &out[r * x.cols]);
  return out;
}

// Lloyd's algorithm on a sample of evenly spaced rows. A center that loses all its rows stays where it is.
std::vector<float> k_means(ConstMatrix32 x, std::size_t count, Run run) {
  const std::size_t size = std::min(x.rows, count * kSamplePerCell);
  std::vector<std::uint32_t> rows(size);
  for (std::size_t s = 0; s < size; s++) rows[s] = static_cast<std::uint32_t>(s * x.rows / size);
  const std::vector<float> sample = gather(x, rows);
  std::vector<float> centers(count * x.cols);
  for (std::size_t c = 0; c < count; c++) {
    std::copy_n(&sample[c * size / count * x.cols], x.cols, &centers[c * x.cols]);
  }
  for (int round = 0; round < kLloydRounds; round++) {
    const auto cells = assign({centers.data(), count, x.cols}, {sample.data(), size, x.cols}, run);
    std::vector<double> sums(count * x.cols, 0.0);
    std::vector<std::size_t> members(count, 0);
    for (std::size_t s = 0; s < size; s++) {
      members[cells[s]]++;
      for (std::size_t k = 0; k < x.cols; k++)
        sums[cells[s] * x.cols + k] += static_cast<double>(sample[s * x.cols + k]);
    }
    for (std::size_t e = 0; e < centers.size(); e++) {
      const std::size_t own = members[e / x.cols];
      if (own > 0) centers[e] = static_cast<float>(sums[e] / static_cast<double>(own));
    }
  }
  return centers;
}

// Cells cut into pieces of bounded size.
struct Pieces {
  std::vector<std::uint32_t> members;  // rows, piece by piece
  std::vector<std::size_t> starts;     // where each piece starts in `members`; last, the number of rows
  std::vector<std::uint32_t> cells;    // the cell of each piece
  std::size_t size() const { return cells.size(); }
};

Pieces cut(const std::vector<std::uint32_t>& cells, std::size_t count) {
  std::vector<std::size_t> ends(count + 1, 0);
  for (const std::uint32_t cell : cells) ends[cell + 1]++;
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  Pieces pieces;
  for (std::size_t cell = 0; cell < count; cell++) {
    for (std::size_t begin = ends[cell]; begin < ends[cell + 1]; begin += kLargestPiece) {
      pieces.starts.push_back(begin);
      pieces.cells.push_back(static_cast<std::uint32_t>(cell));
    }
  }
  pieces.starts.push_back(cells.size());
  pieces.members.resize(cells.size());
  std::vector<std::size_t> next(ends.begin(), ends.end() - 1);
  for (std::size_t i = 0; i < cells.size(); i++)
    pieces.members[next[cells[i]]++] = static_cast<std::uint32_t>(i);
  return pieces;
}

// For each piece, the pieces to search: itself, then those with the nearest centers.
class Probes {
 public:
  Probes(const Pieces& pieces, const std::vector<float>& centers, std::size_t cols, std::size_t probes,
         std::size_t threads)
      : count_(std::min(pieces.size(), probes)), nearest_(pieces.size() * count_) {
    Monitor unseen;
    const std::vector<float> places =
        gather({centers.data(), centers.size() / std::max<std::size_t>(cols, 1), cols}, pieces.cells);
    std::vector<float> distances(nearest_.size());
    const ConstMatrix32 view{places.data(), pieces.size(), cols};
    nearest_neighbors(view, view, count_, Metric::kEuclidean, {threads, unseen}, nearest_.data(),
                      distances.data());
    for (std::size_t p = 0; p < pieces.size(); p++) {
      // Pieces of one cell have equal centers, so p can be anywhere in its list, or missing.
      auto* const list = &nearest_[p * count_];
      auto* const own = std::find(list, list + count_ - 1, static_cast<std::uint32_t>(p));
      *own = list[0];
      list[0] = static_cast<std::uint32_t>(p);
    }
  }
  // The rows of the pieces to search for piece p, or all rows if these are fewer than `fewest`.
  std::vector<std::uint32_t> candidates(const Pieces& pieces, std::size_t p, std::size_t fewest) const {
    std::vector<std::uint32_t> rows;
    for (std::size_t e = 0; e < count_; e++) {
      const std::size_t q = nearest_[p * count_ + e];
      rows.insert(rows.end(), pieces.members.begin() + static_cast<std::ptrdiff_t>(pieces.starts[q]),
                  pieces.members.begin() + static_cast<std::ptrdiff_t>(pieces.starts[q + 1]));
    }
    if (rows.size() < fewest) {
      rows.resize(pieces.members.size());
      std::iota(rows.begin(), rows.end(), 0u);
    }
    // In ascending order, so that equal distances are ranked by row.
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  std::size_t count_;
  std::vector<std::uint32_t> nearest_;
};

// Finds the neighbors of one piece's rows among its candidates, without the rows themselves.
void search_piece(ConstMatrix32 x, const std::vector<std::uint32_t>& members,
                  const std::vector<std::uint32_t>& candidates, std::size_t k, std::uint32_t* indices,
                  float* distances) {
  Monitor unseen;
  const std::vector<float> queries = gather(x, members);
  const std::vector<float> points = gather(x, candidates);
  std::vector<std::uint32_t> found(members.size() * (k + 1));
  std::vector<float> far(found.size());
  nearest_neighbors({points.data(), candidates.size(), x.cols}, {queries.data(), members.size(), x.cols},
                    k + 1, Metric::kEuclidean, {1, unseen}, found.data(), far.data());
  for (std::size_t m = 0; m < members.size(); m++) {
    const std::size_t to = std::size_t{members[m]} * k;
    std::size_t written = 0;
    // If more than k other rows are equal to a row, it may be missing from its own k + 1 nearest. Then the
    // last of these is dropped.
    for (std::size_t e = m * (k + 1); e < (m + 1) * (k + 1) && written < k; e++) {
      if (candidates[found[e]] == members[m]) continue;
      indices[to + written] = candidates[found[e]];
      distances[to + written++] = far[e];
    }
  }
}

void search(ConstMatrix32 x, std::size_t k, Run run, std::uint32_t* indices, float* distances) {
  const std::size_t count = std::max<std::size_t>(1, x.rows / kCellPoints);
  const std::vector<float> centers = k_means(x, count, run);
  const Pieces pieces = cut(assign({centers.data(), count, x.cols}, x, run), count);
  const Probes probes(pieces, centers, x.cols, std::max(kFewestProbes, 4 * k / kCellPoints), run.threads);
  std::atomic<std::size_t> done{0};
  parallel_for(run.threads, pieces.size(), [&](std::size_t p, std::size_t worker) {
    run.monitor.check();
    const std::vector<std::uint32_t> members(
        pieces.members.begin() + static_cast<std::ptrdiff_t>(pieces.starts[p]),
        pieces.members.begin() + static_cast<std::ptrdiff_t>(pieces.starts[p + 1]));
    search_piece(x, members, probes.candidates(pieces, p, k + 1), k, indices, distances);
    const std::size_t finished = ++done;
    if (worker == 0) run.monitor.progress(static_cast<double>(finished) / static_cast<double>(pieces.size()));
  });
}

}  // namespace

void approximate_neighbors(ConstMatrix32 points, std::size_t k, Metric metric, Run run,
                           std::uint32_t* indices, float* distances) {
  if (k == 0 || points.rows == 0) return;
  if (k >= points.rows) throw std::invalid_argument("k must be less than the number of points");
  check_finite(points, "points", run.threads);
  if (metric == Metric::kEuclidean) {
    search(points, k, run, indices, distances);
    return;
  }
  const SearchFrame frame(points, points, metric, run.threads);
  const SearchPoints directions(points, frame, run.threads);
  search({directions.exact, directions.rows, directions.exact_cols}, k, run, indices, distances);
  for (std::size_t e = 0; e < points.rows * k; e++) distances[e] *= 0.5f * distances[e];
}

}  // namespace god
