#include "agglomerative/connectivity.hpp"

#include <stdexcept>

#include "agglomerative/center_merges.hpp"
#include "agglomerative/linked_merges.hpp"
#include "agglomerative/merges.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

void check(ConstMatrix32 x, const RowLinks& links, Linkage linkage, PointMetric metric, std::size_t threads) {
  check_linkage(x.rows, linkage, metric);
  if (links.rows != x.rows) throw std::invalid_argument("`links` must have one count per row");
  check_finite(x, "X", threads);
}

}  // namespace

std::size_t connectivity_linkage(ConstMatrix32 x, const RowLinks& given, Linkage linkage, PointMetric metric,
                                 Disconnected disconnected, Run run, double* out) {
  check(x, given, linkage, metric, run.threads);
  std::vector<Link> links = unique_links(given, run.monitor);
  std::vector<std::uint32_t> component = components(x.rows, links, run.monitor);
  const std::size_t parts = count_components(component);
  if (parts > 1) {
    if (disconnected == Disconnected::kLeave) return parts;
    join_components(x, metric, component, run, links);
  }
  MergeList merges(x.rows);
  if (traits_of(linkage).squared) {
    merge_by_centers(x, links, linkage, run.monitor, merges);
    merges.take_roots();
    merges.write_in_order(out);
  } else {
    merge_by_links(x, links, linkage, metric, run, merges);
    merges.make_monotone();
    merges.write_sorted(out);
  }
  run.monitor.progress(1);
  return 1;
}

double connectivity_linkage_memory(std::size_t rows, std::size_t cols, std::size_t links) {
  const auto n = static_cast<double>(rows);
  return 16 * n * static_cast<double>(cols) + 200 * n + 150 * static_cast<double>(links);
}

}  // namespace god
