// The graph of links between rows that constrains a clustering.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "agglomerative/metric.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// As it is given: counts[i] rows that row i is linked to, those of all rows one after another.
struct RowLinks {
  const std::uint32_t* targets;
  const std::uint32_t* counts;
  std::size_t rows;
  std::size_t total;
};

// Between two rows, a < b.
struct Link {
  std::uint32_t a, b;
};

// Every linked pair once, by ascending a, then b, no matter which of the two names the other. Links of a
// row to itself are left out. Throws std::invalid_argument for links to rows that do not exist.
std::vector<Link> unique_links(const RowLinks& given, Monitor& monitor);

// For each row the lowest row of its component.
std::vector<std::uint32_t> components(std::size_t rows, const std::vector<Link>& links, Monitor& monitor);
std::size_t count_components(const std::vector<std::uint32_t>& component);

// Adds the links of a minimum spanning tree between components: of all sets of links that make the graph
// whole, one of least total length. Rounds of Boruvka: every component but the largest is linked to the row
// nearest to any of its own. O(m n d) time for m rows outside of the largest component.
void join_components(ConstMatrix32 x, PointMetric metric, std::vector<std::uint32_t>& component, Run run,
                     std::vector<Link>& links);

}  // namespace god
