#include "agglomerative/link_graph.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>

#include "base/parallel.hpp"

namespace god {
namespace {

constexpr std::size_t kCheckEvery = 4096;

class DisjointSets {
 public:
  explicit DisjointSets(std::vector<std::uint32_t> parent) : parent_(std::move(parent)) {}

  std::uint32_t find(std::uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // A set is named by its lowest member. Returns false if i and j are in the same set already.
  bool join(std::uint32_t i, std::uint32_t j) {
    const auto [low, high] = std::minmax({find(i), find(j)});
    parent_[high] = low;
    return low != high;
  }

 private:
  std::vector<std::uint32_t> parent_;
};

// Calls f(row, target) for every given link.
template <class F>
void for_each_given(const RowLinks& given, Monitor& monitor, F&& f) {
  std::size_t at = 0;
  for (std::size_t row = 0; row < given.rows; row++) {
    if (row % kCheckEvery == 0) monitor.check();
    if (given.counts[row] > given.total - at) throw std::invalid_argument("links are missing");
    for (const std::size_t end = at + given.counts[row]; at < end; at++) {
      f(static_cast<std::uint32_t>(row), given.targets[at]);
    }
  }
}

[[noreturn]] void throw_no_row(std::uint32_t row, std::uint32_t target, std::size_t rows) {
  throw std::invalid_argument("Expected `connectivity` to hold rows in [0, " + std::to_string(rows - 1) +
                              "] but row " + std::to_string(row) + " is linked to " + std::to_string(target));
}

class PointSearch {
 public:
  PointSearch(ConstMatrix32 x, PointMetric metric)
      : points_(x, metric), gather_(gather_of(metric)), n_(x.rows) {}

  void run(const std::uint32_t* rows, std::size_t count, const std::vector<std::uint32_t>& component,
           Monitor& monitor, Nearest* found) const {
    const std::size_t d = points_.cols;
    std::vector<double> queries(kDistanceRows * d);
    for (std::size_t q = 0; q < count; q++) {
      std::copy_n(points_.rows.data() + rows[q] * d, d, queries.data() + q * d);
    }
    std::array<double, kDistanceRows * kDistanceColumns> tile{};
    for (std::size_t first = 0; first < n_; first += kDistanceColumns) {
      if (first % kCheckEvery == 0) monitor.check();
      matrix_simd_of<double>().distances(gather_, d, queries.data(), points_.columns.data() + first * d,
                                         tile.data(), kDistanceColumns);
      const std::size_t end = std::min(n_, first + kDistanceColumns);
      for (std::size_t q = 0; q < count; q++) {
        for (std::size_t j = first; j < end; j++) {
          const double distance = tile[q * kDistanceColumns + j - first];
          if (distance < found[q].distance && component[j] != component[rows[q]]) {
            found[q] = {distance, static_cast<std::uint32_t>(j)};
          }
        }
      }
    }
  }

 private:
  PreparedPoints<double> points_;
  Gather gather_;
  std::size_t n_;
};

std::uint32_t largest_component(const std::vector<std::uint32_t>& component) {
  std::vector<std::uint32_t> size(component.size(), 0);
  for (const std::uint32_t c : component) size[c]++;
  return static_cast<std::uint32_t>(std::max_element(size.begin(), size.end()) - size.begin());
}

}  // namespace

std::vector<Link> unique_links(const RowLinks& given, Monitor& monitor) {
  // A counting sort by the lower row. One std::sort of all links could not be cancelled half-way.
  std::vector<std::size_t> begin(given.rows + 1, 0);
  for_each_given(given, monitor, [&](std::uint32_t row, std::uint32_t target) {
    if (target >= given.rows) throw_no_row(row, target, given.rows);
    if (target != row) begin[std::min(row, target) + 1]++;
  });
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::uint32_t> higher(begin.back());
  std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
  for_each_given(given, monitor, [&](std::uint32_t row, std::uint32_t target) {
    if (target != row) higher[next[std::min(row, target)]++] = std::max(row, target);
  });
  std::vector<Link> links;
  links.reserve(higher.size());
  for (std::size_t a = 0; a < given.rows; a++) {
    if (a % kCheckEvery == 0) monitor.check();
    const auto first = higher.begin() + static_cast<std::ptrdiff_t>(begin[a]);
    const auto last = higher.begin() + static_cast<std::ptrdiff_t>(begin[a + 1]);
    std::sort(first, last);
    std::for_each(first, std::unique(first, last), [&](std::uint32_t b) {
      links.push_back({static_cast<std::uint32_t>(a), b});
    });
  }
  return links;
}

std::vector<std::uint32_t> components(std::size_t rows, const std::vector<Link>& links, Monitor& monitor) {
  std::vector<std::uint32_t> own(rows);
  std::iota(own.begin(), own.end(), 0U);
  DisjointSets sets(own);
  for (std::size_t i = 0; i < links.size(); i++) {
    if (i % kCheckEvery == 0) monitor.check();
    sets.join(links[i].a, links[i].b);
  }
  for (std::uint32_t& c : own) c = sets.find(c);
  return own;
}

std::size_t count_components(const std::vector<std::uint32_t>& component) {
  std::size_t count = 0;
  for (std::size_t row = 0; row < component.size(); row++) count += component[row] == row;
  return count;
}

ForeignSearch search_points(ConstMatrix32 x, PointMetric metric) {
  // A std::function is copied, the points are not.
  auto search = std::make_shared<const PointSearch>(x, metric);
  return [search](const std::uint32_t* rows, std::size_t count, const std::vector<std::uint32_t>& component,
                  Monitor& monitor, Nearest* found) { search->run(rows, count, component, monitor, found); };
}

template <class T>
ForeignSearch search_distances(const SquareMatrix<T>& distances, std::size_t n) {
  return [&distances, n](const std::uint32_t* rows, std::size_t count,
                         const std::vector<std::uint32_t>& component, Monitor& monitor, Nearest* found) {
    for (std::size_t q = 0; q < count; q++) {
      monitor.check();
      const T* row = distances.row(rows[q]);
      for (std::size_t j = 0; j < n; j++) {
        const auto distance = static_cast<double>(row[j]);
        if (distance < found[q].distance && component[j] != component[rows[q]]) {
          found[q] = {distance, static_cast<std::uint32_t>(j)};
        }
      }
    }
  };
}
template ForeignSearch search_distances(const SquareMatrix<float>&, std::size_t);
template ForeignSearch search_distances(const SquareMatrix<double>&, std::size_t);

void join_components(const ForeignSearch& search, std::vector<std::uint32_t>& component, Run run,
                     std::vector<Link>& links) {
  const std::size_t n = component.size();
  while (count_components(component) > 1) {
    const std::uint32_t largest = largest_component(component);
    std::vector<std::uint32_t> rows;
    for (std::size_t row = 0; row < n; row++) {
      if (component[row] != largest) rows.push_back(static_cast<std::uint32_t>(row));
    }
    std::vector<Nearest> nearest(rows.size());
    parallel_rows(run.threads, rows.size(), kSearchRows, [&](std::size_t begin, std::size_t end, auto, auto) {
      search(rows.data() + begin, end - begin, component, run.monitor, nearest.data() + begin);
    });
    // The shortest link of each component. Equal lengths are ordered by rows: in a strict order, the shortest
    // links cannot form a cycle.
    using Candidate = std::tuple<double, std::uint32_t, std::uint32_t>;
    std::vector<Candidate> shortest(n, Candidate{std::numeric_limits<double>::infinity(), 0, 0});
    for (std::size_t i = 0; i < rows.size(); i++) {
      const auto [low, high] = std::minmax({rows[i], nearest[i].row});
      shortest[component[rows[i]]] = std::min(shortest[component[rows[i]]], {nearest[i].distance, low, high});
    }
    DisjointSets sets(component);
    for (std::size_t c = 0; c < n; c++) {
      if (component[c] != c || c == largest) continue;
      const auto [distance, low, high] = shortest[c];
      if (sets.join(low, high)) links.push_back({low, high});
    }
    for (std::uint32_t& c : component) c = sets.find(c);
  }
}

}  // namespace god
