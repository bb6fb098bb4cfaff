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

// The tree is searched in less time than the tiles up to this dimension.
constexpr std::size_t kTreeColumns = 5;

std::unique_ptr<WardSearch> make_search(WardClusters& clusters, std::size_t threads, const Monitor& monitor,
                                        WardMethod method) {
  const bool tree =
      method == WardMethod::kTree || (method == WardMethod::kAuto && clusters.dims <= kTreeColumns);
  return tree ? make_ward_tree_search(clusters, threads, monitor)
              : make_ward_tile_search(clusters, threads, monitor);
}

}  // namespace

void ward_linkage(ConstMatrix32 x, std::size_t threads, Monitor& monitor, double* linkage,
                  WardMethod method) {
  if (x.rows == 0) throw std::invalid_argument("ward_linkage needs at least one row");
  if (x.rows >= kMaxLinkageRows) throw std::invalid_argument("ward_linkage takes fewer than 2^31 rows");
  if (x.cols >= std::size_t{1} << 20)
    throw std::invalid_argument("ward_linkage takes fewer than 2^20 columns");
  const std::size_t resolved = resolve_threads(threads);
  check_finite(x, "X", resolved);
  MergeList merges(x.rows);
  WardClusters clusters(x, resolved);
  monitor.check();
  clusters.merge_duplicates(merges);
  if (clusters.live > 1) {
    const auto search = make_search(clusters, resolved, monitor, method);
    run_ward_rounds(clusters, *search, monitor, merges);
  }
  merges.make_monotone();
  merges.write_sorted(linkage);
  monitor.progress(1);
}

}  // namespace god
