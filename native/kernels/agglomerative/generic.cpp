#include "agglomerative/generic.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "agglomerative/matrix_simd.hpp"

namespace god {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Every cluster keeps its nearest one among those in higher slots, or a lower limit of that distance once the
// neighbour was merged; the limit is made good only when it is the smallest of all.
class Generic {
 public:
  Generic(SquareMatrix<double>& matrix, std::size_t n, InvertingLinkage linkage, Monitor& monitor,
          MergeList& merges)
      : m_(matrix),
        n_(n),
        linkage_(linkage),
        monitor_(monitor),
        merges_(merges),
        size_(n, 1.0),
        node_(n),
        nearest_(n),
        limit_(n, kInfinity) {
    std::iota(node_.begin(), node_.end(), 0U);
  }

  void run() {
    for (std::size_t i = 0; i + 1 < n_; i++) {
      monitor_.check();
      search(i);
    }
    while (merges_.size() + 1 < n_) {
      monitor_.check();
      const std::size_t a = closest();
      merge(a, nearest_[a]);
      monitor_.progress(static_cast<double>(merges_.size()) / static_cast<double>(n_ - 1));
    }
  }

 private:
  // Nearest among the higher slots; dead ones are infinitely far.
  void search(std::size_t i) {
    const double* row = m_.row(i);
    const std::size_t j = i + 1 + simd_.smallest(row + i + 1, n_ - i - 1);
    nearest_[i] = j;
    limit_[i] = row[j];
  }

  std::size_t closest() {
    for (;;) {
      const std::size_t i = simd_.smallest(limit_.data(), n_);
      const double distance = m_.row(i)[nearest_[i]];
      if (distance == limit_[i]) return i;
      search(i);
    }
  }

  void merge(std::size_t a, std::size_t b) {
    const double between = m_.row(a)[b];
    update_row(a, b, between);
    size_[a] += size_[b];
    node_[a] = merges_.add(node_[a], node_[b], between);
    limit_[b] = kInfinity;
    for (std::size_t k = 0; k < n_; k++) {
      if (k == a || m_.row(a)[k] == kInfinity) continue;
      m_.row(k)[b] = kInfinity;
      if (k >= a) continue;
      const double distance = m_.row(a)[k];
      if (distance < limit_[k] || (distance == limit_[k] && a < nearest_[k])) {
        nearest_[k] = a;
        limit_[k] = distance;
      }
    }
    if (a + 1 < n_) search(a);
  }

  // Distances of the merged cluster, in its row and its column; infinite to itself, to b and to all dead
  // ones.
  void update_row(std::size_t a, std::size_t b, double between) {
    double* row = m_.row(a);
    const double* other = m_.row(b);
    const double total = size_[a] + size_[b];
    const double wa = linkage_ == InvertingLinkage::kCentroid ? size_[a] / total : 0.5;
    const double wb = linkage_ == InvertingLinkage::kCentroid ? size_[b] / total : 0.5;
    for (std::size_t k = 0; k < n_; k++) row[k] = wa * row[k] + wb * other[k] - wa * wb * between;
    row[a] = row[b] = kInfinity;
    for (std::size_t k = 0; k < n_; k++) {
      if (row[k] != kInfinity) m_.row(k)[a] = row[k];
    }
  }

  SquareMatrix<double>& m_;
  std::size_t n_;
  InvertingLinkage linkage_;
  Monitor& monitor_;
  MergeList& merges_;
  const MatrixSimdOf<double>& simd_ = matrix_simd_of<double>();
  std::vector<double> size_;
  std::vector<std::uint32_t> node_;
  std::vector<std::size_t> nearest_;
  std::vector<double> limit_;
};

}  // namespace

void run_generic(SquareMatrix<double>& matrix, std::size_t n, InvertingLinkage linkage, Monitor& monitor,
                 MergeList& merges) {
  Generic(matrix, n, linkage, monitor, merges).run();
}

}  // namespace god
