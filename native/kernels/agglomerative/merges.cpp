#include "agglomerative/merges.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <utility>

namespace god {

void MergeList::take_roots() {
  for (Merge& merge : merges_) merge.height = std::sqrt(std::max(merge.height, 0.0));
}

void MergeList::make_monotone() {
  for (Merge& merge : merges_) {
    for (const std::uint32_t part : {merge.a, merge.b}) {
      if (part >= rows_) merge.height = std::max(merge.height, merges_[part - rows_].height);
    }
  }
}

void MergeList::write_sorted(double* linkage) const {
  std::vector<std::pair<double, std::uint32_t>> sorted(merges_.size());
  for (std::size_t k = 0; k < sorted.size(); k++)
    sorted[k] = {merges_[k].height, static_cast<std::uint32_t>(k)};
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint32_t> order(merges_.size());
  std::transform(sorted.begin(), sorted.end(), order.begin(), [](const auto& entry) { return entry.second; });
  const std::vector<std::uint32_t> lowest = lowest_rows();
  for (std::size_t begin = 0, end; begin < order.size(); begin = end) {
    end = begin + 1;
    while (end < order.size() && merges_[order[end]].height == merges_[order[begin]].height) end++;
    if (end - begin > 1) order_ties(order.data() + begin, order.data() + end, lowest);
  }
  write(order, linkage);
}

std::vector<std::uint32_t> MergeList::lowest_rows() const {
  std::vector<std::uint32_t> lowest(merges_.size());
  const auto of = [&](std::uint32_t cluster) { return cluster < rows_ ? cluster : lowest[cluster - rows_]; };
  for (std::size_t k = 0; k < merges_.size(); k++) lowest[k] = std::min(of(merges_[k].a), of(merges_[k].b));
  return lowest;
}

// Sorts merges of equal height: of those whose parts already exist, the one with the lowest row comes first.
void MergeList::order_ties(std::uint32_t* begin, std::uint32_t* end,
                           const std::vector<std::uint32_t>& lowest) const {
  // Parts come before wholes in [begin, end), which is sorted by number.
  const auto place_of = [&](std::uint32_t cluster) {
    return cluster < rows_ ? end : std::lower_bound(begin, end, static_cast<std::uint32_t>(cluster - rows_));
  };
  constexpr std::uint32_t kNone = 0xFFFFFFFF;
  const auto count = static_cast<std::size_t>(end - begin);
  std::vector<std::uint32_t> whole(count, kNone);
  std::vector<std::uint32_t> missing(count, 0);
  for (std::size_t i = 0; i < count; i++) {
    for (const std::uint32_t part : {merges_[begin[i]].a, merges_[begin[i]].b}) {
      const std::uint32_t* place = place_of(part);
      if (place == end || *place != part - rows_) continue;
      whole[static_cast<std::size_t>(place - begin)] = static_cast<std::uint32_t>(i);
      missing[i]++;
    }
  }
  const auto later = [&](std::uint32_t i, std::uint32_t j) { return lowest[begin[i]] > lowest[begin[j]]; };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready(later);
  for (std::size_t i = 0; i < count; i++) {
    if (missing[i] == 0) ready.push(static_cast<std::uint32_t>(i));
  }
  std::vector<std::uint32_t> ordered;
  ordered.reserve(count);
  while (!ready.empty()) {
    const std::uint32_t i = ready.top();
    ready.pop();
    ordered.push_back(begin[i]);
    if (whole[i] != kNone && --missing[whole[i]] == 0) ready.push(whole[i]);
  }
  std::copy(ordered.begin(), ordered.end(), begin);
}

void MergeList::write_in_order(double* linkage) const {
  std::vector<std::uint32_t> order(merges_.size());
  std::iota(order.begin(), order.end(), 0U);
  write(order, linkage);
}

// `order` lists the parts of a cluster before it.
void MergeList::write(const std::vector<std::uint32_t>& order, double* linkage) const {
  std::vector<std::uint32_t> rank(order.size());
  for (std::size_t k = 0; k < order.size(); k++) rank[order[k]] = static_cast<std::uint32_t>(k);
  const auto renumber = [&](std::uint32_t cluster) {
    return cluster < rows_ ? std::size_t{cluster} : rows_ + rank[cluster - rows_];
  };
  const auto rows_of = [&](std::size_t cluster) {
    return cluster < rows_ ? 1.0 : linkage[(cluster - rows_) * 4 + 3];
  };
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
