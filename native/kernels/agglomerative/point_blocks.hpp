// The points that are not yet in the tree, in blocks of 32 that lie near each other, each in a ball: a block
// whose ball is out of reach is passed over.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "agglomerative/measured_points.hpp"
#include "base/large_array.hpp"
#include "base/run.hpp"

namespace god {

class PointBlocks {
 public:
  // Starts with every row infinitely far away. O(n d) memory, O(n d log n) time.
  PointBlocks(const MeasuredPoints& points, Run run);

  std::size_t left() const { return left_; }
  // Lowers the distances of all rows that are left to those from row `from`.
  void approach(std::uint32_t from);
  struct Nearest {
    std::uint32_t row;
    double gathered;
  };
  // Takes out the row that is nearest to any from which the others were approached.
  Nearest take_nearest();
  // Takes out any row, as the first.
  std::uint32_t take_first();

 private:
  void order_rows();
  void pack();
  void pack_block(std::size_t block);
  void visit_in_reach(std::uint32_t from);
  void visit(std::size_t block, std::uint32_t from);
  void refresh(std::size_t block);
  void take(std::size_t place);

  const MeasuredPoints& points_;
  std::size_t d_;
  Run run_;
  std::size_t left_;
  std::size_t blocks_ = 0;
  // By place, blocks_ * 32 of them.
  std::vector<std::uint32_t> row_;  // kNone where there is none or none any more
  std::vector<double> nearest_;     // exact gathered differences
  std::vector<float> limit_;        // of MeasuredPoints; -1 where nothing can come nearer
  LargeArray<float> columns_;       // blocks of d x 32
  // By block, padded to a multiple of 32.
  std::vector<float> centers_;  // blocks of d x 32
  std::vector<double> radius_;
  std::vector<float> reach_;  // limit of float32 differences from the center
  std::vector<double> block_nearest_;
  std::vector<std::uint32_t> in_reach_;
  std::vector<std::atomic<bool>> taken_;  // by chunk of in_reach_
  bool backwards_ = false;
};

}  // namespace god
