// As in ward_rounds.cpp, a round merges all pairs that are each other's nearest neighbor, ties to the lower
// slot. It reads the rows of these pairs and of the clusters that had one of them as nearest neighbor, merges
// the former and searches all of them again. Rows are independent of each other.
//
// If many distances are equal, few pairs are reciprocal at a time, and a round for them would be wasteful.
// The nearest-neighbor chain (Benzecri 1982; Murtagh 1983) then does the rest: it finds the same pairs one at
// a time, with O(n) searches in all.
#include "agglomerative/matrix_rounds.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "agglomerative/lazy_rows.hpp"
#include "agglomerative/matrix_simd.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::uint32_t kUnknown = 0xFFFFFFFF;
// After a round that merges fewer than one in this many clusters, the chain takes over.
constexpr std::size_t kFewestMergesInRound = 64;
// Slots are packed once fewer than this fraction of them are alive.
constexpr double kPackShare = 0.6;
constexpr std::size_t kBlockRows = 16;

template <Linkage kLinkage, class T>
class MatrixRounds {
 public:
  MatrixRounds(SquareMatrix<T>& matrix, std::size_t n, Run run, MergeList& merges)
      : rows_(matrix, n),
        run_(run),
        merges_(merges),
        simd_(matrix_simd_of<T>()),
        live_(n),
        node_(n),
        nearest_(n, kUnknown),
        distance_(n),
        alive_(n, 1),
        pair_of_(n, kUnknown),
        scratch_(run.threads) {
    std::iota(node_.begin(), node_.end(), 0U);
  }

  void run() {
    read_stale();
    while (live_ > 1) {
      const std::vector<std::uint32_t> lower = reciprocal();
      if (lower.size() * kFewestMergesInRound < live_) return run_chain();
      rows_.begin_round();
      for (const std::uint32_t i : lower) note_pair(i, nearest_[i]);
      forget_neighbors();
      read_stale();
      end_round();
      pack_if_sparse();
    }
  }

 private:
  // The lower slot of each pair of clusters that are each other's nearest neighbor.
  std::vector<std::uint32_t> reciprocal() const {
    std::vector<std::uint32_t> lower;
    for (std::size_t i = 0; i < rows_.slots(); i++) {
      if (alive_[i] && nearest_[i] > i && nearest_[nearest_[i]] == i)
        lower.push_back(static_cast<std::uint32_t>(i));
    }
    return lower;
  }

  void note_pair(std::uint32_t a, std::uint32_t b) {
    pair_of_[a] = pair_of_[b] = static_cast<std::uint32_t>(rows_.pairs());
    alive_[b] = 0;
    rows_.note(a, b, distance_[a]);
  }

  // Forgets the nearest neighbors of, and in, the round's pairs.
  void forget_neighbors() {
    for (std::size_t i = 0; i < rows_.slots(); i++) {
      if (nearest_[i] != kUnknown && pair_of_[nearest_[i]] != kUnknown) nearest_[i] = kUnknown;
    }
  }

  // Merges the rows of the round's pairs, and searches for all nearest neighbors that are not known.
  void read_stale() {
    stale_.clear();
    for (std::size_t i = 0; i < rows_.slots(); i++) {
      if (alive_[i] && nearest_[i] == kUnknown) stale_.push_back(static_cast<std::uint32_t>(i));
    }
    parallel_rows(run_.threads, stale_.size(), kBlockRows,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                    run_.monitor.check();
                    for (std::size_t s = begin; s < end; s++) {
                      const std::uint32_t i = stale_[s];
                      if (pair_of_[i] != kUnknown) rows_.merge_rows(pair_of_[i], scratch_[worker]);
                      search(i, s + 1 < end ? stale_[s + 1] : i);
                    }
                  });
  }

  // Searches for the nearest neighbor of i, and fetches the row of `next` meanwhile.
  void search(std::uint32_t i, std::uint32_t next) {
    const T* row = rows_.row(i, next);
    nearest_[i] = static_cast<std::uint32_t>(simd_.smallest(row, rows_.slots()));
    distance_[i] = row[nearest_[i]];
  }

  void end_round() {
    for (std::size_t p = 0; p < rows_.pairs(); p++) {
      const auto& [a, b, merged] = rows_.pair(p);
      node_[a] = merges_.add(node_[a], node_[b], static_cast<double>(merged.between));
      pair_of_[a] = pair_of_[b] = kUnknown;
    }
    live_ -= rows_.pairs();
    rows_.end_round();
    run_.monitor.progress(static_cast<double>(merges_.size()) / static_cast<double>(merges_.rows() - 1));
  }

  void run_chain() {
    std::vector<std::uint32_t> chain;
    std::vector<std::uint8_t> in_chain(rows_.slots(), 0);
    while (live_ > 1) {
      run_.monitor.check();
      if (chain.empty()) chain.push_back(first_live());
      in_chain[chain.back()] = 1;
      const std::uint32_t top = chain.back();
      if (nearest_[top] == kUnknown) search(top, top);
      const std::uint32_t next = nearest_[top];
      if (nearest_[next] == kUnknown) search(next, next);
      if (nearest_[next] != top) {
        if (in_chain[next]) {
          // Rounding made a merged distance an ulp smaller than a remembered one, and the chain ran into a
          // cycle. After a new search for all nearest neighbors there is none.
          std::fill(nearest_.begin(), nearest_.end(), kUnknown);
          clear(chain, in_chain);
        } else {
          chain.push_back(next);
        }
        continue;
      }
      clear_top(chain, in_chain, next);
      rows_.begin_round();
      note_pair(std::min(top, next), std::max(top, next));
      forget_neighbors();
      rows_.merge_rows(0, scratch_[0]);
      end_round();
    }
  }

  static void clear(std::vector<std::uint32_t>& chain, std::vector<std::uint8_t>& in_chain) {
    for (const std::uint32_t i : chain) in_chain[i] = 0;
    chain.clear();
  }

  // Removes the merged pair from the end of the chain.
  static void clear_top(std::vector<std::uint32_t>& chain, std::vector<std::uint8_t>& in_chain,
                        std::uint32_t next) {
    in_chain[chain.back()] = 0;
    chain.pop_back();
    if (!chain.empty() && chain.back() == next) {
      in_chain[next] = 0;
      chain.pop_back();
    }
  }

  std::uint32_t first_live() const {
    std::uint32_t i = 0;
    while (!alive_[i]) i++;
    return i;
  }

  void pack_if_sparse() {
    if (static_cast<double>(live_) > kPackShare * static_cast<double>(rows_.slots())) return;
    std::vector<std::uint32_t> kept;
    std::vector<std::uint32_t> moved(rows_.slots());
    for (std::size_t i = 0; i < rows_.slots(); i++) {
      moved[i] = static_cast<std::uint32_t>(kept.size());
      if (alive_[i]) kept.push_back(static_cast<std::uint32_t>(i));
    }
    for (std::size_t i = 0; i < kept.size(); i++) {
      node_[i] = node_[kept[i]];
      nearest_[i] = moved[nearest_[kept[i]]];
      distance_[i] = distance_[kept[i]];
      alive_[i] = 1;
    }
    rows_.pack(std::move(kept));
  }

  LazyRows<kLinkage, T> rows_;
  Run run_;
  MergeList& merges_;
  const MatrixSimdOf<T>& simd_;
  std::size_t live_;
  std::vector<std::uint32_t> node_;
  std::vector<std::uint32_t> nearest_;
  std::vector<T> distance_;  // to the nearest neighbor, where that is known
  std::vector<std::uint8_t> alive_;
  std::vector<std::uint32_t> pair_of_;  // during a round, the pair of each cluster that is in one
  std::vector<std::uint32_t> stale_;
  std::vector<std::vector<T>> scratch_;
};

}  // namespace

template <class T>
void run_matrix_rounds(SquareMatrix<T>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges) {
  switch (linkage) {
    case Linkage::kSingle:
      return MatrixRounds<Linkage::kSingle, T>(matrix, n, run, merges).run();
    case Linkage::kComplete:
      return MatrixRounds<Linkage::kComplete, T>(matrix, n, run, merges).run();
    case Linkage::kAverage:
      return MatrixRounds<Linkage::kAverage, T>(matrix, n, run, merges).run();
    case Linkage::kWeighted:
      return MatrixRounds<Linkage::kWeighted, T>(matrix, n, run, merges).run();
    case Linkage::kWard:
      return MatrixRounds<Linkage::kWard, T>(matrix, n, run, merges).run();
    default:
      throw std::invalid_argument("centroid and median linkage are not reducible");
  }
}

template void run_matrix_rounds(SquareMatrix<float>&, std::size_t, Linkage, Run, MergeList&);
template void run_matrix_rounds(SquareMatrix<double>&, std::size_t, Linkage, Run, MergeList&);

}  // namespace god
