// The hot loops over points: which of 32 points are within reach of a query, and the exact differences of two
// points.
#pragma once
#include <cstddef>
#include <cstdint>

#include "agglomerative/matrix_simd.hpp"
#include "base/simd_dispatch.hpp"

namespace god {

struct PointsSimd {
  // columns: d x 32. Sets bit j if the gathered differences of query and column j, in float32, are at most
  // limits[j].
  std::uint32_t (*within)(Gather gather, std::size_t d, const float* query, const float* columns,
                          const float* limits);
  // The gathered differences of two rows in float64, with the same bits for (b, a).
  double (*gathered32)(Gather gather, std::size_t d, const float* a, const float* b);
  double (*gathered64)(Gather gather, std::size_t d, const double* a, const double* b);
};

GOD_DECLARE_SIMD_TABLE(PointsSimd, points_simd)

}  // namespace god
