#include "neighbors/given_distances.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "agglomerative/square_matrix.hpp"
#include "base/parallel.hpp"
#include "neighbors/ranked.hpp"

namespace god {
namespace {

constexpr std::size_t kBlockRows = 16;

}  // namespace

template <class T>
void neighbors_of_distances(const T* distances, bool square, std::size_t n, std::size_t k, Run run,
                            std::uint32_t* indices, float* found) {
  if (k >= n) throw std::invalid_argument("k must be less than the number of rows");
  SquareMatrix<float> matrix(n);
  if (square) {
    fill_from_square(distances, n, false, run, matrix);
  } else {
    fill_from_condensed(distances, n, false, run, matrix);
  }
  parallel_rows(run.threads, n, kBlockRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  run.monitor.check();
                  std::vector<std::uint64_t> ranks(n);
                  for (std::size_t i = begin; i < end; i++) {
                    // The diagonal is infinite, so a row comes last among its own neighbors.
                    for (std::size_t j = 0; j < n; j++)
                      ranks[j] = ranked(matrix.row(i)[j], static_cast<std::uint32_t>(j));
                    const auto last = ranks.begin() + static_cast<std::ptrdiff_t>(k);
                    std::nth_element(ranks.begin(), last, ranks.end());
                    std::sort(ranks.begin(), last);
                    for (std::size_t e = 0; e < k; e++) {
                      const auto j = static_cast<std::uint32_t>(ranks[e]);
                      indices[i * k + e] = j;
                      found[i * k + e] = matrix.row(i)[j];
                    }
                  }
                });
  run.monitor.progress(1);
}

template void neighbors_of_distances(const float*, bool, std::size_t, std::size_t, Run, std::uint32_t*,
                                     float*);
template void neighbors_of_distances(const double*, bool, std::size_t, std::size_t, Run, std::uint32_t*,
                                     float*);

}  // namespace god
