// The points that are not in the tree yet, in blocks of 32 points that lie near each other. A block whose
// bounding ball is out of reach is skipped.
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
  // All rows start at infinite distance. O(n d) memory, O(n d log n) time.
  PointBlocks(const MeasuredPoints& points, Run run);

  std::size_t left() const { return left_; }
  // Lowers the distance of each row that is left to its distance from row `from`, if that is smaller.
  void approach(std::uint32_t from);
  struct Nearest {
    std::uint32_t row;
    double gathered;
  };
  // Removes and returns the row with the smallest distance.
  Nearest take_nearest();
  // Removes and returns a first row, before any has been approached.
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
  // Indexed by place, blocks_ * 32 elements.
  std::vector<std::uint32_t> row_;  // kNone at places without a row
  std::vector<double> nearest_;     // exact gathered differences
  std::vector<float> limit_;        // MeasuredPoints::limit; -1 where nothing can be nearer
  LargeArray<float> columns_;       // blocks of d x 32
  // Indexed by block, padded to a multiple of 32 blocks.
  std::vector<float> centers_;  // blocks of d x 32
  std::vector<double> radius_;
  std::vector<float> reach_;  // limit of float32 differences from the center
  std::vector<double> block_nearest_;
  std::vector<std::uint32_t> in_reach_;
  std::vector<std::atomic<bool>> taken_;  // for each chunk of in_reach_, whether a thread has it
  bool backwards_ = false;
};

}  // namespace god
