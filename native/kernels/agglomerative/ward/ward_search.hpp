// What the rounds of Ward's method ask of a search for nearest neighbors.
#pragma once
#include <cstdint>
#include <vector>

namespace god {

// An index over the live slots of a WardClusters, kept in step with it by the caller.
class WardSearch {
 public:
  virtual ~WardSearch() = default;
  // Reads all slots anew: to be called at first and after the clusters were packed.
  virtual void rebuild() = 0;
  // Slot `into` has taken up slot `from`.
  virtual void merged(std::size_t into, std::size_t from) = 0;
  // Finds the nearest neighbor of each queried slot exactly (float64, ties to the lower slot) and makes it
  // known.
  virtual void search(const std::vector<std::uint32_t>& queries) = 0;
};

}  // namespace god
