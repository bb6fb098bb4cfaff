#include "agglomerative/generic.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "agglomerative/matrix_simd.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kUnknown = std::numeric_limits<std::size_t>::max();
// Slots are packed once fewer than this fraction of them are alive.
constexpr double kPackShare = 0.6;
constexpr std::size_t kBlockRows = 16;
// The distances of this many slots to a new cluster are one unit of parallel work.
constexpr std::size_t kUpdateSlots = 512;

// Each cluster remembers its nearest neighbor among higher slots and a limit, the distance of the two. After
// the neighbor was merged, the limit is only a lower bound of the nearest distance; the neighbor is searched
// for again only when that bound is the smallest of all. Columns of merged clusters keep their old values,
// and searches add infinity to them.
class Generic {
 public:
  Generic(SquareMatrix<double>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges)
      : m_(matrix),
        slots_(n),
        linkage_(linkage),
        run_(run),
        merges_(merges),
        size_(n, 1.0),
        node_(n),
        nearest_(n, kUnknown),
        limit_(n, kInfinity),
        dead_(n, 0.0) {
    std::iota(node_.begin(), node_.end(), 0U);
  }

  void run() {
    parallel_rows(run_.threads, slots_ - 1, kBlockRows,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                    run_.monitor.check();
                    for (std::size_t i = begin; i < end; i++) search(i);
                  });
    for (std::size_t live = slots_; live > 1; live--) {
      run_.monitor.check();
      const std::size_t a = closest();
      merge(a, nearest_[a]);
      run_.monitor.progress(static_cast<double>(merges_.size()) / static_cast<double>(merges_.rows() - 1));
      if (static_cast<double>(live - 1) < kPackShare * static_cast<double>(slots_)) pack();
    }
  }

 private:
  bool alive(std::size_t i) const { return dead_[i] == 0; }

  // Finds the nearest of the higher slots that are alive, if there are any.
  void search(std::size_t i) {
    nearest_[i] = kUnknown;
    limit_[i] = kInfinity;
    if (i + 1 == slots_) return;
    const double* row = m_.row(i);
    const std::size_t j = i + 1 + simd_.smallest_sum(row + i + 1, dead_.data() + i + 1, slots_ - i - 1);
    if (!alive(j)) return;
    nearest_[i] = j;
    limit_[i] = row[j];
  }

  std::size_t closest() {
    for (;;) {
      const std::size_t i = simd_.smallest(limit_.data(), slots_);
      const std::size_t j = nearest_[i];
      if (j != kUnknown && alive(j) && m_.row(i)[j] == limit_[i]) return i;
      search(i);
    }
  }

  void merge(std::size_t a, std::size_t b) {
    const double between = m_.row(a)[b];
    const double total = size_[a] + size_[b];
    const double wa = linkage_ == Linkage::kCentroid ? size_[a] / total : 0.5;
    const double wb = linkage_ == Linkage::kCentroid ? size_[b] / total : 0.5;
    dead_[b] = limit_[b] = kInfinity;
    parallel_rows(slots_ > 4 * kUpdateSlots ? run_.threads : 1, slots_, kUpdateSlots,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                    update(a, b, begin, end, wa, wb, wa * wb * between);
                  });
    size_[a] = total;
    node_[a] = merges_.add(node_[a], node_[b], between);
    search(a);
  }

  // Writes the distances of slots [begin, end) to the merged cluster a u b into row a and column a.
  void update(std::size_t a, std::size_t b, std::size_t begin, std::size_t end, double wa, double wb,
              double less) {
    double* row = m_.row(a);
    const double* other = m_.row(b);
    for (std::size_t k = begin; k < end; k++) {
      if (k == a || !alive(k)) continue;
      const double distance = wa * row[k] + wb * other[k] - less;
      row[k] = distance;
      m_.row(k)[a] = distance;
      if (k < a && (distance < limit_[k] || (distance == limit_[k] && a < nearest_[k]))) {
        nearest_[k] = a;
        limit_[k] = distance;
      }
    }
  }

  void pack() {
    std::vector<std::size_t> kept;
    std::vector<std::size_t> moved(slots_, kUnknown);
    for (std::size_t i = 0; i < slots_; i++) {
      if (!alive(i)) continue;
      moved[i] = kept.size();
      kept.push_back(i);
    }
    parallel_rows(run_.threads, kept.size(), kBlockRows,
                  [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                    run_.monitor.check();
                    for (std::size_t i = begin; i < end; i++) {
                      double* row = m_.row(kept[i]);
                      for (std::size_t j = 0; j < kept.size(); j++) row[j] = row[kept[j]];
                    }
                  });
    for (std::size_t i = 0; i < kept.size(); i++) {
      m_.rename_row(i, kept[i]);
      size_[i] = size_[kept[i]];
      node_[i] = node_[kept[i]];
      limit_[i] = limit_[kept[i]];
      const std::size_t nearest = nearest_[kept[i]];
      nearest_[i] = nearest == kUnknown ? kUnknown : moved[nearest];
    }
    slots_ = kept.size();
    std::fill_n(dead_.begin(), slots_, 0.0);
  }

  SquareMatrix<double>& m_;
  std::size_t slots_;
  Linkage linkage_;
  Run run_;
  MergeList& merges_;
  const MatrixSimdOf<double>& simd_ = matrix_simd_of<double>();
  std::vector<double> size_;
  std::vector<std::uint32_t> node_;
  std::vector<std::size_t> nearest_;
  std::vector<double> limit_;
  std::vector<double> dead_;  // 0 for live slots, infinite for the others
};

}  // namespace

void run_generic(SquareMatrix<double>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges) {
  Generic(matrix, n, linkage, run, merges).run();
}

}  // namespace god
