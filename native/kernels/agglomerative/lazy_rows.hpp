// The distances between clusters while they merge, in a square matrix whose rows learn of merges late.
//
// A merge of clusters a and b changes row a and, in every other row, columns a and b. Most rows are not read
// again before many more merges, and the matrix is larger than any cache. So merges are only noted down, and
// a row catches up with them when it is read: it travels from memory once for all of them.
//
// Include this file only where lance_williams.hpp may be included.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "agglomerative/lance_williams.hpp"
#include "agglomerative/square_matrix.hpp"

namespace god {

// Clusters are named by slots, the rows and columns of the matrix. A merged cluster takes the lower slot of
// the two. Calls for different rows can run at the same time.
template <Linkage kLinkage, class T>
class LazyRows {
 public:
  struct Pair {
    std::uint32_t a, b;  // a < b
    MergedPair<T> merged;
  };

  LazyRows(SquareMatrix<T>& matrix, std::size_t n) : m_(matrix), slots_(n), size_(n, T{1}), learned_(n) {
    merges_.reserve(n);
  }

  std::size_t slots() const { return slots_; }

  // The distances of cluster i to all slots, infinite to itself and to slots that are gone. Meanwhile fetches
  // the row of cluster `next`.
  const T* row(std::size_t i, std::size_t next) {
    catch_up(i, merges_.size(), m_.row(next));
    return m_.row(i);
  }

  // A round notes its merges, of clusters that are each in one pair only, and merges the pairs' rows before
  // any of these is read.
  void begin_round() { round_ = merges_.size(); }
  void note(std::uint32_t a, std::uint32_t b, T between) {
    const T sum = size_[a] + size_[b];
    merges_.push_back({a, b, {size_[a], size_[b], between, size_[a] / sum, size_[b] / sum}});
  }
  std::size_t pairs() const { return merges_.size() - round_; }
  const Pair& pair(std::size_t p) const { return merges_[round_ + p]; }
  void merge_rows(std::size_t p, std::vector<T>& crossings) {
    const Pair own = pair(p);
    catch_up(own.a, round_, m_.row(own.b));
    catch_up(own.b, round_, m_.row(own.a));
    T* row = m_.row(own.a);
    const T* other = m_.row(own.b);
    crossings.clear();
    for (std::size_t q = 0; q < pairs(); q++) {
      const Pair& crossed = pair(q);
      crossings.push_back(merged_distance<kLinkage>(own.merged, crossed.merged, row[crossed.a],
                                                    row[crossed.b], other[crossed.a], other[crossed.b]));
    }
    const T* size = size_.data();
    for (std::size_t j = 0; j < slots_; j++)
      row[j] = merged_distance<kLinkage>(own.merged, row[j], other[j], size[j]);
    for (std::size_t q = 0; q < pairs(); q++) {
      row[pair(q).a] = crossings[q];
      row[pair(q).b] = std::numeric_limits<T>::infinity();
    }
    row[own.a] = std::numeric_limits<T>::infinity();
    learned_[own.a].merges = merges_.size();
  }
  // After all rows of the round's pairs are merged.
  void end_round() {
    for (std::size_t p = 0; p < pairs(); p++) size_[pair(p).a] = pair(p).merged.a + pair(p).merged.b;
    round_ = merges_.size();
  }

  // Renumbers the slots: kept[j], ascending, becomes j, and the others are gone.
  void pack(std::vector<std::uint32_t> kept) {
    for (std::size_t j = 0; j < kept.size(); j++) {
      m_.rename_row(j, kept[j]);
      size_[j] = size_[kept[j]];
      learned_[j] = learned_[kept[j]];
    }
    slots_ = kept.size();
    packs_.push_back({merges_.size(), std::move(kept)});
  }

 private:
  struct Pack {
    std::size_t after;  // so many merges
    std::vector<std::uint32_t> kept;
  };
  struct Learned {
    std::size_t merges = 0;
    std::size_t packs = 0;
  };

  // Lets row i learn of the first `merges` merges. Meanwhile fetches the row at `next`.
  void catch_up(std::size_t i, std::size_t merges, const T* next) {
    Learned& learned = learned_[i];
    T* row = m_.row(i);
    for (; learned.packs < packs_.size(); learned.packs++) {
      const Pack& pack = packs_[learned.packs];
      merge_columns(row, size_[i], learned.merges, pack.after, row);
      learned.merges = pack.after;
      for (std::size_t j = 0; j < pack.kept.size(); j++) row[j] = row[pack.kept[j]];
    }
    merge_columns(row, size_[i], learned.merges, merges, next);
    learned.merges = merges;
  }

  // The columns are in no order, so the processor does not foresee which it will need; one line of the next
  // row for each pair keeps memory busy.
  void merge_columns(T* row, T size, std::size_t begin, std::size_t end, const T* next) const {
    constexpr std::size_t kLine = 64 / sizeof(T);
    std::size_t ahead = 0;
    for (std::size_t p = begin; p < end; p++) {
      const Pair& pair = merges_[p];
      row[pair.a] = merged_distance<kLinkage>(pair.merged, row[pair.a], row[pair.b], size);
      row[pair.b] = std::numeric_limits<T>::infinity();
      if (ahead < slots_) __builtin_prefetch(next + ahead, 1, 2);
      ahead += kLine;
    }
    for (; ahead < slots_; ahead += kLine) __builtin_prefetch(next + ahead, 1, 2);
  }

  SquareMatrix<T>& m_;
  std::size_t slots_;
  std::vector<T> size_;  // rows of the matrix's points in each cluster
  std::vector<Pair> merges_;
  std::vector<Pack> packs_;
  std::vector<Learned> learned_;
  std::size_t round_ = 0;
};

}  // namespace god
