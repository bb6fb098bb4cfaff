// A quadtree over a layout of 2 dimensions (3: an octree, 1: a binary tree): points in Morton order, and
// cells with their centers of mass.
//
// Cells follow the bits of the points' Morton codes. This bounds the depth for any points: those with the
// same code stay together in one leaf. Chains of cells with a single child are skipped. No function recurses.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tsne/tsne_simd.hpp"

namespace god {

struct Cell {
  float squared_width;
  std::uint32_t first;     // its first point, in tree order
  std::uint32_t count;     // number of its points
  std::uint32_t child;     // its first child; children are contiguous
  std::uint32_t children;  // 0 for a leaf
};

template <int D>
class CellTree {
 public:
  static constexpr std::size_t kLeafPoints = 12;

  explicit CellTree(std::size_t n);

  // Sorts the points of the n x D layout by Morton code and makes the cells.
  void build(const float* layout, std::size_t threads);
  // Updates points and centers of mass from the layout; order and cells stay the same.
  void refresh(const float* layout, std::size_t threads);

  std::size_t size() const { return order_.size(); }
  // order()[s]: the row of the layout that is point s in tree order.
  const std::vector<std::uint32_t>& order() const { return order_; }
  // Call this after sorting the rows of the layout into tree order: order()[s] becomes s.
  void forget_order();

  // Coordinate c of the points in tree order, readable for 16 floats past the end.
  const float* plane(int c) const { return &planes_[static_cast<std::size_t>(c) * plane_size()]; }
  std::size_t plane_size() const { return order_.size() + kTsneLanes; }

  // Charges of the points in tree order, then of the cells: cell q is charge size() + q. Cell 0 is the root.
  const Charge* charges() const { return charges_.data(); }
  const Cell& cell(std::uint32_t q) const { return cells_[q]; }
  // Whether this is a leaf of many points whose Morton codes are all the same.
  static bool dense(const Cell& cell) { return cell.children == 0 && cell.count > kLeafPoints; }

 private:
  struct Subtree {
    std::uint32_t root;
    int level;
    std::uint32_t begin, end;  // its cells except the root
  };

  float measure(const float* layout, std::size_t threads, float* low) const;
  void sort_codes(const float* layout, std::size_t threads);
  void copy_points(const float* layout, std::size_t begin, std::size_t end);
  void split_top();
  void grow(Subtree& subtree);
  bool split(std::uint32_t q, int& level, std::uint32_t& next);
  std::uint32_t end_of_digit(std::uint32_t begin, std::uint32_t end, int shift) const;
  void sum_cell(std::uint32_t q);
  void sum_subtree(const Subtree& subtree);

  std::vector<std::uint32_t> order_;
  std::vector<std::uint64_t> keys_;  // Morton code in the upper half, row in the lower
  std::vector<std::uint64_t> sorted_;
  std::vector<float> planes_;
  std::vector<Charge> charges_;
  std::vector<Cell> cells_;
  std::vector<Subtree> subtrees_;
  std::uint32_t top_ = 0;  // number of cells down to the subtrees' roots
  float width_ = 0;
};

extern template class CellTree<1>;
extern template class CellTree<2>;
extern template class CellTree<3>;

}  // namespace god
