#include "agglomerative/connectivity.hpp"

#include <functional>
#include <stdexcept>
#include <utility>

#include "agglomerative/center_merges.hpp"
#include "agglomerative/linked_merges.hpp"
#include "agglomerative/merges.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

// Links that connect all rows, unless there are several parts and they are not to be joined.
struct Graph {
  std::vector<Link> links;
  std::size_t parts;
};

Graph connected(const RowLinks& given, Disconnected disconnected,
                const std::function<ForeignSearch()>& search, Run run) {
  std::vector<Link> links = unique_links(given, run.monitor);
  std::vector<std::uint32_t> component = components(given.rows, links, run.monitor);
  std::size_t parts = count_components(component);
  if (parts > 1 && disconnected == Disconnected::kJoin) {
    join_components(search(), component, run, links);
    parts = 1;
  }
  return {std::move(links), parts};
}

void write_by_links(std::size_t rows, const std::vector<Link>& links, const std::vector<double>& lengths,
                    Linkage linkage, Run run, double* out) {
  MergeList merges(rows);
  merge_by_links(rows, links, lengths, linkage, run.monitor, merges);
  merges.make_monotone();
  merges.write_sorted(out);
  run.monitor.progress(1);
}

void write_by_centers(ConstMatrix32 x, const std::vector<Link>& links, Linkage linkage, Run run,
                      double* out) {
  MergeList merges(x.rows);
  merge_by_centers(x, links, linkage, run.monitor, merges);
  merges.take_roots();
  merges.write_in_order(out);
  run.monitor.progress(1);
}

template <class T, class In>
std::size_t linkage_in_matrix(const In* distances, DistanceShape shape, const RowLinks& given,
                              Linkage linkage, Disconnected disconnected, Run run, double* out) {
  SquareMatrix<T> matrix(given.rows);
  if (shape == DistanceShape::kSquare)
    fill_from_square(distances, given.rows, false, run, matrix);
  else
    fill_from_condensed(distances, given.rows, false, run, matrix);
  const Graph graph = connected(
      given, disconnected, [&] { return search_distances(matrix, given.rows); }, run);
  if (graph.parts > 1) return graph.parts;
  std::vector<double> lengths(graph.links.size());
  for (std::size_t i = 0; i < lengths.size(); i++) {
    lengths[i] = static_cast<double>(matrix.row(graph.links[i].a)[graph.links[i].b]);
  }
  write_by_links(given.rows, graph.links, lengths, linkage, run, out);
  return 1;
}

}  // namespace

std::size_t connectivity_linkage(ConstMatrix32 x, const RowLinks& given, Linkage linkage, PointMetric metric,
                                 Disconnected disconnected, Run run, double* out) {
  check_linkage(x.rows, linkage, metric);
  if (given.rows != x.rows) throw std::invalid_argument("`links` must have one count per row");
  check_finite(x, "X", run.threads);
  const Graph graph = connected(
      given, disconnected, [&] { return search_points(x, metric); }, run);
  if (graph.parts > 1) return graph.parts;
  if (traits_of(linkage).squared)
    write_by_centers(x, graph.links, linkage, run, out);
  else
    write_by_links(x.rows, graph.links, link_lengths(x, graph.links, metric, run), linkage, run, out);
  return 1;
}

template <class In>
std::size_t connectivity_linkage_of_distances(const In* distances, DistanceShape shape, const RowLinks& links,
                                              Linkage linkage, Precision precision, Disconnected disconnected,
                                              Run run, double* out) {
  if (traits_of(linkage).squared) throw std::invalid_argument("this linkage needs points");
  if (links.rows == 0) throw std::invalid_argument("there must be at least one row");
  return precision == Precision::kFloat64
             ? linkage_in_matrix<double>(distances, shape, links, linkage, disconnected, run, out)
             : linkage_in_matrix<float>(distances, shape, links, linkage, disconnected, run, out);
}
template std::size_t connectivity_linkage_of_distances(const float*, DistanceShape, const RowLinks&, Linkage,
                                                       Precision, Disconnected, Run, double*);
template std::size_t connectivity_linkage_of_distances(const double*, DistanceShape, const RowLinks&, Linkage,
                                                       Precision, Disconnected, Run, double*);

double connectivity_linkage_memory(std::size_t rows, std::size_t cols, std::size_t links) {
  const auto n = static_cast<double>(rows);
  return 16 * n * static_cast<double>(cols) + 200 * n + 150 * static_cast<double>(links);
}

}  // namespace god
