#include "agglomerative/merges.hpp"

#include <algorithm>
#include <numeric>

namespace god {

void MergeList::make_monotone() {
  for (Merge& merge : merges_) {
    for (const std::uint32_t part : {merge.a, merge.b}) {
      if (part >= rows_) merge.height = std::max(merge.height, merges_[part - rows_].height);
    }
  }
}

void MergeList::write_sorted(double* linkage) const {
  std::vector<std::uint32_t> order(merges_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [this](std::uint32_t i, std::uint32_t j) {
    const double a = merges_[i].height;
    const double b = merges_[j].height;
    return a < b || (a == b && i < j);
  });
  write(order, linkage);
}

void MergeList::write_in_order(double* linkage) const {
  std::vector<std::uint32_t> order(merges_.size());
  std::iota(order.begin(), order.end(), 0U);
  write(order, linkage);
}

// `order` lists parts before wholes: heights are monotone or the order is that of merging.
void MergeList::write(const std::vector<std::uint32_t>& order, double* linkage) const {
  std::vector<std::uint32_t> rank(order.size());
  for (std::size_t k = 0; k < order.size(); k++) rank[order[k]] = static_cast<std::uint32_t>(k);
  const auto renumber = [&](std::uint32_t cluster) {
    return cluster < rows_ ? std::size_t{cluster} : rows_ + rank[cluster - rows_];
  };
  const auto rows_of = [&](std::size_t cluster) { return cluster < rows_ ? 1.0 : linkage[(cluster - rows_) * 4 + 3]; };
  for (std::size_t k = 0; k < order.size(); k++) {
    const Merge& merge = merges_[order[k]];
    const auto [low, high] = std::minmax({renumber(merge.a), renumber(merge.b)});
    double* row = linkage + k * 4;
    row[0] = static_cast<double>(low);
    row[1] = static_cast<double>(high);
    row[2] = merge.height;
    row[3] = rows_of(low) + rows_of(high);
  }
}

}  // namespace god
