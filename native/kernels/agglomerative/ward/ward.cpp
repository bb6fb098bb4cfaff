#include "agglomerative/ward/ward.hpp"

#include <stdexcept>

#include "agglomerative/merges.hpp"
#include "agglomerative/ward/ward_clusters.hpp"
#include "agglomerative/ward/ward_rounds.hpp"
#include "agglomerative/ward/ward_tiles.hpp"
#include "agglomerative/ward/ward_tree.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

// Up to this many columns, searching the tree is faster than the tiles.
constexpr std::size_t kTreeColumns = 5;

std::unique_ptr<WardSearch> make_search(WardClusters& clusters, Run run, WardMethod method) {
  const bool tree =
      method == WardMethod::kTree || (method == WardMethod::kAuto && clusters.dims <= kTreeColumns);
  return tree ? make_ward_tree_search(clusters, run) : make_ward_tile_search(clusters, run);
}

}  // namespace

void ward_linkage(ConstMatrix32 x, Run run, double* linkage, WardMethod method) {
  if (x.rows == 0) throw std::invalid_argument("ward_linkage needs at least one row");
  if (x.rows >= kMaxLinkageRows) throw std::invalid_argument("ward_linkage takes fewer than 2^31 rows");
  if (x.cols >= std::size_t{1} << 20)
    throw std::invalid_argument("ward_linkage takes fewer than 2^20 columns");
  check_finite(x, "X", run.threads);
  MergeList merges(x.rows);
  WardClusters clusters(x, run.threads);
  run.monitor.check();
  clusters.merge_duplicates(merges);
  if (clusters.live > 1) {
    const auto search = make_search(clusters, run, method);
    run_ward_rounds(clusters, *search, run.monitor, merges);
  }
  merges.make_monotone();
  merges.write_sorted(linkage);
  run.monitor.progress(1);
}

}  // namespace god
