// As in ward_rounds.cpp, a round merges all pairs that are each other's nearest neighbor, ties to the lower
// slot. It visits every row of the matrix: it combines the two rows of each pair, combines the columns of all
// pairs in every row, and searches again for nearest neighbors that were merged. Rows are independent of each
// other.
//
// If many distances are equal, few pairs are reciprocal at a time, and visiting all rows for them would be
// wasteful. The nearest-neighbor chain (Benzecri 1982; Murtagh 1983) then does the rest: it finds the same
// pairs one at a time, with O(n) searches in all.
#include "agglomerative/matrix_rounds.hpp"

#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "agglomerative/matrix_simd.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::uint32_t kUnknown = 0xFFFFFFFF;
// After a round that merges fewer than one in this many clusters, the chain takes over.
constexpr std::size_t kFewestMergesInRound = 64;
// Slots are packed once fewer than this fraction of them are alive.
constexpr double kPackShare = 0.7;
constexpr std::size_t kBlockRows = 16;

template <Linkage kLinkage, class T>
class MatrixRounds {
 public:
  MatrixRounds(SquareMatrix<T>& matrix, std::size_t n, Run run, MergeList& merges)
      : m_(matrix),
        run_(run),
        merges_(merges),
        simd_(matrix_simd_of<T>()),
        slots_(n),
        live_(n),
        size_(n, T{1}),
        node_(n),
        nearest_(n, kUnknown),
        alive_(n, 1),
        scratch_(run.threads) {
    std::iota(node_.begin(), node_.end(), 0U);
  }

  void run() {
    search_unknown();
    while (live_ > 1) {
      collect_reciprocal();
      if (pairs_.size() * kFewestMergesInRound < live_) return run_chain();
      merge_pairs();
      search_unknown();
      pack_if_sparse();
    }
  }

 private:
  struct Pair {
    std::uint32_t a, b;
    MergedPair<T> merged;
  };

  void search_unknown() {
    parallel_rows(run_.threads, slots_, kBlockRows,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                    run_.monitor.check();
                    for (std::size_t i = begin; i < end; i++) {
                      if (alive_[i] && nearest_[i] == kUnknown) nearest_[i] = nearest_of(i);
                    }
                  });
  }

  std::uint32_t nearest_of(std::size_t i) const {
    return static_cast<std::uint32_t>(simd_.smallest(m_.row(i), slots_));
  }

  void collect_reciprocal() {
    pairs_.clear();
    for (std::size_t i = 0; i < slots_; i++) {
      if (alive_[i] && nearest_[i] > i && nearest_[nearest_[i]] == i) add_pair(i, nearest_[i]);
    }
  }

  void add_pair(std::size_t a, std::size_t b) {
    const T sum = size_[a] + size_[b];
    pairs_.push_back({static_cast<std::uint32_t>(a),
                      static_cast<std::uint32_t>(b),
                      {size_[a], size_[b], m_.row(a)[b], size_[a] / sum, size_[b] / sum}});
  }

  // Merges pairs_ and forgets the nearest neighbors of and in these pairs.
  void merge_pairs() {
    pair_of_.assign(slots_, kUnknown);
    for (std::size_t p = 0; p < pairs_.size(); p++) {
      pair_of_[pairs_[p].a] = static_cast<std::uint32_t>(p);
      alive_[pairs_[p].b] = 0;
    }
    parallel_rows(run_.threads, slots_, kBlockRows,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                    run_.monitor.check();
                    for (std::size_t i = begin; i < end; i++) {
                      if (!alive_[i]) continue;
                      if (pair_of_[i] == kUnknown) {
                        merge_columns(i);
                      } else {
                        merge_row(pairs_[pair_of_[i]], scratch_[worker]);
                      }
                    }
                  });
    for (const Pair& pair : pairs_) {
      node_[pair.a] = merges_.add(node_[pair.a], node_[pair.b], static_cast<double>(pair.merged.between));
      size_[pair.a] += size_[pair.b];
      nearest_[pair.a] = kUnknown;
    }
    for (std::size_t i = 0; i < slots_; i++) {
      if (!alive_[i] || nearest_[i] == kUnknown) continue;
      if (!alive_[nearest_[i]] || pair_of_[nearest_[i]] != kUnknown) nearest_[i] = kUnknown;
    }
    live_ -= pairs_.size();
    run_.monitor.progress(static_cast<double>(merges_.size()) / static_cast<double>(merges_.rows() - 1));
  }

  void merge_columns(std::size_t i) {
    T* row = m_.row(i);
    for (const Pair& pair : pairs_) {
      row[pair.a] = merged_distance<kLinkage>(pair.merged, row[pair.a], row[pair.b], size_[i]);
      row[pair.b] = std::numeric_limits<T>::infinity();
    }
  }

  void merge_row(const Pair& own, std::vector<T>& crossings) {
    T* row = m_.row(own.a);
    const T* other = m_.row(own.b);
    crossings.clear();
    for (const Pair& pair : pairs_) {
      crossings.push_back(merged_distance<kLinkage>(own.merged, pair.merged, row[pair.a], row[pair.b],
                                                    other[pair.a], other[pair.b]));
    }
    const MergedPair<T> merged = own.merged;
    const T* size = size_.data();
    for (std::size_t j = 0; j < slots_; j++)
      row[j] = merged_distance<kLinkage>(merged, row[j], other[j], size[j]);
    for (std::size_t p = 0; p < pairs_.size(); p++) {
      row[pairs_[p].a] = crossings[p];
      row[pairs_[p].b] = std::numeric_limits<T>::infinity();
    }
    row[own.a] = std::numeric_limits<T>::infinity();
  }

  void run_chain() {
    std::vector<std::uint32_t> chain;
    std::vector<std::uint8_t> in_chain(slots_, 0);
    while (live_ > 1) {
      if (chain.empty()) chain.push_back(first_live());
      in_chain[chain.back()] = 1;
      const std::uint32_t top = chain.back();
      if (nearest_[top] == kUnknown) nearest_[top] = nearest_of(top);
      const std::uint32_t next = nearest_[top];
      if (nearest_[next] == kUnknown) nearest_[next] = nearest_of(next);
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
      pairs_.clear();
      add_pair(std::min(top, next), std::max(top, next));
      merge_pairs();
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
    if (static_cast<double>(live_) > kPackShare * static_cast<double>(slots_)) return;
    std::vector<std::uint32_t> kept;
    std::vector<std::uint32_t> moved(slots_);
    for (std::size_t i = 0; i < slots_; i++) {
      moved[i] = static_cast<std::uint32_t>(kept.size());
      if (alive_[i]) kept.push_back(static_cast<std::uint32_t>(i));
    }
    parallel_rows(run_.threads, kept.size(), kBlockRows,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                    run_.monitor.check();
                    for (std::size_t i = begin; i < end; i++) {
                      T* row = m_.row(kept[i]);
                      for (std::size_t j = 0; j < kept.size(); j++) row[j] = row[kept[j]];
                    }
                  });
    for (std::size_t i = 0; i < kept.size(); i++) {
      m_.rename_row(i, kept[i]);
      size_[i] = size_[kept[i]];
      node_[i] = node_[kept[i]];
      nearest_[i] = moved[nearest_[kept[i]]];
      alive_[i] = 1;
    }
    slots_ = kept.size();
  }

  SquareMatrix<T>& m_;
  Run run_;
  MergeList& merges_;
  const MatrixSimdOf<T>& simd_;
  std::size_t slots_;
  std::size_t live_;
  std::vector<T> size_;
  std::vector<std::uint32_t> node_;
  std::vector<std::uint32_t> nearest_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::uint32_t> pair_of_;
  std::vector<Pair> pairs_;
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
