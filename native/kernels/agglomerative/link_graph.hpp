// The graph of links between rows that constrains a clustering.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "agglomerative/metric.hpp"
#include "agglomerative/prepared_points.hpp"
#include "agglomerative/square_matrix.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"

namespace god {

// The links as the caller gives them: row i is linked to counts[i] rows. `targets` lists those of row 0, then
// those of row 1, and so on.
struct RowLinks {
  const std::uint32_t* targets;
  const std::uint32_t* counts;
  std::size_t rows;
  std::size_t total;
};

// A link between rows a < b.
struct Link {
  std::uint32_t a, b;
};

// Every linked pair once, by ascending a, then b. It is enough that one row of a pair lists the other. Links
// of a row to itself are left out. Throws std::invalid_argument for links to rows that do not exist.
std::vector<Link> unique_links(const RowLinks& given, Monitor& monitor);

// For each row the lowest row of its component.
std::vector<std::uint32_t> components(std::size_t rows, const std::vector<Link>& links, Monitor& monitor);
std::size_t count_components(const std::vector<std::uint32_t>& component);

// The row of another component that is nearest to a row; the lowest of equally near ones.
struct Nearest {
  double distance = std::numeric_limits<double>::infinity();
  std::uint32_t row = 0;
};

// Finds it for each of `count` rows, at most kSearchRows. Distances are compared with each other only.
inline constexpr std::size_t kSearchRows = kDistanceRows;
using ForeignSearch =
    std::function<void(const std::uint32_t* rows, std::size_t count,
                       const std::vector<std::uint32_t>& component, Monitor& monitor, Nearest* found)>;
// Among points, in O(n d) time for each row.
ForeignSearch search_points(ConstMatrix32 x, PointMetric metric);
// By distances, which must outlive it.
template <class T>
ForeignSearch search_distances(const SquareMatrix<T>& distances, std::size_t n);

// Adds the links of a minimum spanning tree between components: of all sets of links that connect the graph,
// one of least total length. By Boruvka's rounds, in which every component except the largest is linked to
// its nearest row outside: a search for each of the rows outside the largest component.
void join_components(const ForeignSearch& search, std::vector<std::uint32_t>& component, Run run,
                     std::vector<Link>& links);

}  // namespace god
