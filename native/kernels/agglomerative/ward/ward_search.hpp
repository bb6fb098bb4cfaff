// The search for nearest neighbors that the rounds of Ward's method use.
#pragma once
#include <cstdint>
#include <vector>

namespace god {

// An index over the live slots of a WardClusters. The caller reports every change.
class WardSearch {
 public:
  virtual ~WardSearch() = default;
  // Reads all slots. Call this first, and again whenever the clusters were packed.
  virtual void rebuild() = 0;
  // Slot `from` was merged into slot `into`.
  virtual void merged(std::size_t into, std::size_t from) = 0;
  // Finds the nearest neighbor of each queried slot exactly (in float64, ties to the lower slot), stores it
  // in the clusters and marks the slot kKnown.
  virtual void search(const std::vector<std::uint32_t>& queries) = 0;
};

}  // namespace god
