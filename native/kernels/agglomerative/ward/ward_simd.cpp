// See ward_simd.hpp. Register tiles of kRows queries by two native vectors of columns: 12 x 32 on AVX-512, 6
// x 16 on AVX2, 6 x 8 on SSE2, 12 x 8 on NEON.
#include "agglomerative/ward/ward_simd.hpp"

#include "agglomerative/simd_bits.hpp"
#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

constexpr int kQueries = static_cast<int>(kWardQueries);
constexpr int kColumns = static_cast<int>(kWardColumns);
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kRows = 12;
#else
constexpr int kRows = 6;
#endif

// Scans kRows rows and 2 * kLanes columns; the caller passes pointers to the tile's corner.
inline std::uint32_t scan_tile(std::size_t d, const float* queries, const float* columns, const float* norms,
                               const float* inverse_sizes, const float* slopes, const float* limits,
                               float* products, std::uint32_t* hits, int shift) {
  Float sum[kRows][2];
  const Float norm[2] = {load(norms), load(norms + kLanes)};
#pragma GCC unroll 12
  for (int i = 0; i < kRows; i++) {
    sum[i][0] = norm[0];
    sum[i][1] = norm[1];
  }
  for (std::size_t k = 0; k < d; k++) {
    const Float low = load(columns + k * kWardColumns);
    const Float high = load(columns + k * kWardColumns + kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; i++) {
      const float q = queries[k * kWardQueries + i];
      sum[i][0] += q * low;
      sum[i][1] += q * high;
    }
  }
  const Float inverse[2] = {load(inverse_sizes), load(inverse_sizes + kLanes)};
  std::uint32_t any = 0;
#pragma GCC unroll 12
  for (int i = 0; i < kRows; i++) {
    const std::uint32_t bits = less_equal_bits(sum[i][0], slopes[i] * inverse[0] + limits[i]) |
                               less_equal_bits(sum[i][1], slopes[i] * inverse[1] + limits[i]) << kLanes;
    hits[i] |= bits << shift;
    any |= bits;
  }
  if (any == 0) return 0;
#pragma GCC unroll 12
  for (int i = 0; i < kRows; i++) {
    store(products + i * kColumns, sum[i][0]);
    store(products + i * kColumns + kLanes, sum[i][1]);
  }
  return any;
}

bool scan(std::size_t d, const float* queries, const float* columns, const float* norms,
          const float* inverse_sizes, const float* slopes, const float* limits, float* products,
          std::uint32_t* hits) {
  for (int i = 0; i < kQueries; i++) hits[i] = 0;
  std::uint32_t any = 0;
  for (int j = 0; j < kColumns; j += 2 * kLanes) {
    for (int i = 0; i < kQueries; i += kRows) {
      any |= scan_tile(d, queries + i, columns + j, norms + j, inverse_sizes + j, slopes + i, limits + i,
                       products + i * kColumns + j, hits + i, j);
    }
  }
  return any != 0;
}

}  // namespace

extern const WardSimd ward_simd;
const WardSimd ward_simd = {scan};

}  // namespace god::GOD_ISA
