// Collects the merges of an agglomerative clustering, and writes them as a linkage matrix.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace god {

// Every linkage takes fewer rows than this: cluster numbers, up to 2n - 2, must fit in 32 bits.
constexpr std::size_t kMaxLinkageRows = std::size_t{1} << 31;

// Merges in the order in which they were found. Cluster i < n is row i; cluster n + k is the result of merge
// k.
class MergeList {
 public:
  explicit MergeList(std::size_t rows) : rows_(rows) {
    if (rows > 0) merges_.reserve(rows - 1);
  }

  std::size_t rows() const { return rows_; }
  std::size_t size() const { return merges_.size(); }

  // Joins clusters a and b at `height` and returns the number of the new cluster.
  std::uint32_t add(std::uint32_t a, std::uint32_t b, double height) {
    merges_.push_back({a, b, height});
    return static_cast<std::uint32_t>(rows_ + merges_.size() - 1);
  }

  // Replaces heights by their square roots.
  void take_roots();
  // Raises a cluster that is lower than one of its parts to that part's height. For linkages without
  // inversions, where only rounding can cause this.
  void make_monotone();

  // Writes the (n-1) x 4 linkage matrix in the convention of scipy.cluster.hierarchy.linkage: the two
  // clusters (lower number first), height, number of rows. Sorted by height. Equal heights are sorted by the
  // lowest row of the new cluster, as far as a cluster can come after its parts.
  void write_sorted(double* linkage) const;
  // The same in the order of merging, as in scipy for centroid and median, whose heights can decrease.
  void write_in_order(double* linkage) const;

 private:
  struct Merge {
    std::uint32_t a, b;
    double height;
  };

  std::vector<std::uint32_t> lowest_rows() const;
  void order_ties(std::uint32_t* begin, std::uint32_t* end, const std::vector<std::uint32_t>& lowest) const;
  void write(const std::vector<std::uint32_t>& order, double* linkage) const;

  std::size_t rows_;
  std::vector<Merge> merges_;
};

}  // namespace god
