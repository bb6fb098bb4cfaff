#include "agglomerative/optimal_order.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "agglomerative/order_simd.hpp"
#include "agglomerative/pair_distance.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

// A range of leaves, by their places in the tree's given order. The leaves of a node are contiguous, those of
// its left part first.
struct Span {
  std::size_t begin, end;
  std::size_t size() const { return end - begin; }
};

struct Node {
  Span all;
  std::size_t left, right;  // nodes
};

using Distance = std::function<double(std::size_t, std::size_t)>;

constexpr std::size_t kRowsAtOnce = 16;

class OptimalOrder {
 public:
  OptimalOrder(const double* merges, std::size_t n, const Distance& distance, Run run)
      : n_(n),
        distance_(distance),
        run_(run),
        nodes_(2 * n - 1),
        row_(n),
        cost_(static_cast<double*>(std::calloc(n * n, sizeof(double))), &std::free) {
    place(merges);
    if (cost_ == nullptr) throw std::bad_alloc();
  }

  void run(std::uint32_t* order) {
    double done = 0;
    const auto whole = static_cast<double>(n_) * static_cast<double>(n_ - 1) / 2;
    for (std::size_t node = n_; node < nodes_.size(); node++) {
      measure(node);
      const auto& [all, left, right] = nodes_[node];
      done += static_cast<double>(nodes_[left].all.size()) * static_cast<double>(nodes_[right].all.size());
      run_.monitor.progress(done / whole);
    }
    unroll(order);
  }

 private:
  void place(const double* merges) {
    nodes_.back().all = {0, n_};
    for (std::size_t node = 0; node < n_; node++) nodes_[node].left = nodes_[node].right = node;
    for (std::size_t node = 2 * n_ - 2; node >= n_; node--) {
      const double* merge = merges + (node - n_) * 4;
      const auto left = static_cast<std::size_t>(merge[0]);
      const auto right = static_cast<std::size_t>(merge[1]);
      const std::size_t size = left < n_ ? 1 : static_cast<std::size_t>(merges[(left - n_) * 4 + 3]);
      Node& whole = nodes_[node];
      whole.left = left;
      whole.right = right;
      nodes_[left].all = {whole.all.begin, whole.all.begin + size};
      nodes_[right].all = {whole.all.begin + size, whole.all.end};
    }
    for (std::size_t leaf = 0; leaf < n_; leaf++) row_[nodes_[leaf].all.begin] = leaf;
  }

  // If leaf `place` is at one end of a node, these leaves can be at its other end: those of the part that
  // does not contain `place`. A node of one leaf has that leaf at both ends.
  Span opposite(std::size_t node, std::size_t place) const {
    const auto& [all, left, right] = nodes_[node];
    if (all.size() == 1) return all;
    return place < nodes_[left].all.end ? nodes_[right].all : nodes_[left].all;
  }

  // The least cost of a node with leaves i and j at its ends, where i is in one part of the node and j in the
  // other.
  double cost(std::size_t i, std::size_t j) const { return cost_[i * n_ + j]; }

  void measure(std::size_t node) {
    const Span left = nodes_[nodes_[node].left].all;
    const Span right = nodes_[nodes_[node].right].all;
    const std::size_t width = right.size();
    between_.resize(left.size() * width);
    parallel_rows(run_.threads, left.size(), kRowsAtOnce,
                  [&](std::size_t begin, std::size_t end, auto, auto) {
                    run_.monitor.check();
                    for (std::size_t i = begin; i < end; i++) {
                      for (std::size_t j = 0; j < width; j++) {
                        between_[i * width + j] = distance_(row_[left.begin + i], row_[right.begin + j]);
                      }
                    }
                  });
    // reach_[i, k]: the least cost of the left part starting with leaf i, plus the distance from its last
    // leaf to leaf k.
    reach_.resize(left.size() * width);
    for (const Span& part : parts(nodes_[node].left)) {
      const Span ends = opposite(nodes_[node].left, part.begin);
      product(part.size(), ends.size(), &cost_[part.begin * n_ + ends.begin], n_,
              &between_[(ends.begin - left.begin) * width], width, width,
              &reach_[(part.begin - left.begin) * width], width);
    }
    for (const Span& part : parts(nodes_[node].right)) {
      const Span ends = opposite(nodes_[node].right, part.begin);
      product(left.size(), ends.size(), &reach_[ends.begin - right.begin], width,
              &cost_[ends.begin * n_ + part.begin], n_, part.size(), &cost_[left.begin * n_ + part.begin],
              n_);
    }
    parallel_rows(run_.threads, width, kRowsAtOnce, [&](std::size_t begin, std::size_t end, auto, auto) {
      for (std::size_t j = right.begin + begin; j < right.begin + end; j++) {
        for (std::size_t i = left.begin; i < left.end; i++) cost_[j * n_ + i] = cost_[i * n_ + j];
      }
    });
  }

  // The leaves of a node's two parts, or the node itself if it is a leaf.
  std::vector<Span> parts(std::size_t node) const {
    const auto& [all, left, right] = nodes_[node];
    if (all.size() == 1) return {all};
    return {nodes_[left].all, nodes_[right].all};
  }

  // c[i, j] = min over k of a[i, k] + b[k, j], for rows x inner by inner x columns.
  void product(std::size_t rows, std::size_t inner, const double* a, std::size_t a_stride, const double* b,
               std::size_t b_stride, std::size_t columns, double* c, std::size_t c_stride) {
    const std::size_t across = (columns + kOrderColumns - 1) / kOrderColumns;
    const std::size_t down = (rows + kRowsAtOnce - 1) / kRowsAtOnce;
    // One block of columns after another, so that the columns of b that are being read stay in the cache.
    parallel_for(run_.threads, across * down, [&](std::size_t block, std::size_t) {
      run_.monitor.check();
      const std::size_t j = block / down * kOrderColumns;
      const std::size_t first = block % down * kRowsAtOnce;
      for (std::size_t i = first; i < std::min(rows, first + kRowsAtOnce); i++) {
        order_simd().min_plus(a + i * a_stride, b + j, b_stride, inner, std::min(kOrderColumns, columns - j),
                              c + i * c_stride + j);
      }
    });
  }

  // A node to be written in the order that begins with the leaf at `first` and ends with that at `last`.
  struct Task {
    std::size_t node, first, last;
  };

  void unroll(std::uint32_t* order) {
    std::vector<Task> open{best_ends()};
    while (!open.empty()) {
      run_.monitor.check();
      const auto [node, first, last] = open.back();
      open.pop_back();
      if (node < n_) {
        *order++ = static_cast<std::uint32_t>(node);
        continue;
      }
      std::size_t near = nodes_[node].left;
      std::size_t far = nodes_[node].right;
      if (first >= nodes_[near].all.end) std::swap(near, far);
      const Span joints = opposite(near, first);
      const Span starts = opposite(far, last);
      double least = std::numeric_limits<double>::infinity();
      Task head{near, first, joints.begin};
      Task tail{far, starts.begin, last};
      for (std::size_t m = joints.begin; m < joints.end; m++) {
        for (std::size_t k = starts.begin; k < starts.end; k++) {
          const double sum = cost(first, m) + distance_(row_[m], row_[k]) + cost(k, last);
          if (sum < least) {
            least = sum;
            head.last = m;
            tail.first = k;
          }
        }
      }
      open.push_back(tail);
      open.push_back(head);
    }
  }

  Task best_ends() const {
    const std::size_t root = nodes_.size() - 1;
    Task best{root, 0, n_ - 1};
    if (n_ == 1) return best;
    const Span left = nodes_[nodes_[root].left].all;
    for (std::size_t i = left.begin; i < left.end; i++) {
      for (std::size_t j = left.end; j < n_; j++) {
        if (cost(i, j) < cost(best.first, best.last)) best = {root, i, j};
      }
    }
    return best;
  }

  std::size_t n_;
  const Distance& distance_;
  Run run_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> row_;                          // of the leaf at each place
  std::unique_ptr<double[], decltype(&std::free)> cost_;  // n x n, indexed by places; 0 for a single leaf
  std::vector<double> between_, reach_;
};

void check_tree(const double* merges, std::size_t n) {
  if (n == 0) throw std::invalid_argument("a tree must have at least one leaf");
  for (std::size_t i = 0; i + 1 < n; i++) {
    const double high = static_cast<double>(n + i);
    if (!(merges[4 * i] >= 0 && merges[4 * i] < high && merges[4 * i + 1] >= 0 && merges[4 * i + 1] < high)) {
      throw std::invalid_argument("no tree");
    }
  }
}

template <class In>
void check_distances(const In* distances, std::size_t count, Monitor& monitor) {
  for (std::size_t i = 0; i < count; i++) {
    if (i % 65536 == 0) monitor.check();
    if (!(distances[i] >= 0) || !std::isfinite(distances[i])) {
      throw std::invalid_argument("Expected `distances` to hold finite numbers of at least 0 but value " +
                                  std::to_string(i) + " is " + std::to_string(distances[i]));
    }
  }
}

}  // namespace

void optimal_order_of_points(const double* merges, ConstMatrix32 x, PointMetric metric, Run run,
                             std::uint32_t* order) {
  check_tree(merges, x.rows);
  check_finite(x, "X", run.threads);
  const PairDistance pairs(x, metric);
  const Distance distance = [&](std::size_t i, std::size_t j) { return pairs(i, j); };
  OptimalOrder(merges, x.rows, distance, run).run(order);
}

template <class In>
void optimal_order_of_distances(const double* merges, const In* distances, DistanceShape shape, std::size_t n,
                                Run run, std::uint32_t* order) {
  check_tree(merges, n);
  const bool square = shape == DistanceShape::kSquare;
  check_distances(distances, square ? n * n : n * (n - 1) / 2, run.monitor);
  const Distance distance = [=](std::size_t i, std::size_t j) -> double {
    if (square) return distances[i * n + j];
    const auto [low, high] = std::minmax(i, j);
    return distances[low * (2 * n - low - 1) / 2 + high - low - 1];
  };
  OptimalOrder(merges, n, distance, run).run(order);
}

template void optimal_order_of_distances(const double*, const float*, DistanceShape, std::size_t, Run,
                                         std::uint32_t*);
template void optimal_order_of_distances(const double*, const double*, DistanceShape, std::size_t, Run,
                                         std::uint32_t*);

double optimal_order_memory(std::size_t rows, std::size_t cols) {
  const auto n = static_cast<double>(rows);
  // In addition to the costs, two blocks of at most n^2 / 4 each.
  return 12 * n * n + 16 * n * static_cast<double>(cols) + 100 * n;
}

}  // namespace god
