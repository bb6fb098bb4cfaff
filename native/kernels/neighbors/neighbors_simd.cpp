#include "neighbors/neighbors_simd.hpp"

#if defined(__SSE2__)
#include <immintrin.h>  // to compress a filter's hits, which vector extensions cannot express
#endif

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

constexpr std::size_t kStep = kBlock;

#if GOD_LANES == 16

// Packs the lanes of v whose mask lane is set into the front of p, and likewise their ids. Returns how many
// they are. Also overwrites what follows them, within one vector.
inline std::size_t compress(Float v, std::uint32_t first, Int mask, float* p, std::uint32_t* ids) {
  const __mmask16 hits = _mm512_movepi32_mask((__m512i)mask);
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i id = _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first)));
  _mm512_storeu_ps(p, _mm512_maskz_compress_ps(hits, (__m512)v));
  _mm512_storeu_si512(ids, _mm512_maskz_compress_epi32(hits, id));
  return static_cast<std::size_t>(__builtin_popcount(hits));
}

inline bool any(const Int* masks) {
  return _mm512_movepi32_mask((__m512i)masks[0]) != 0;
}

#elif GOD_LANES == 8

// For each of the 256 masks, the lanes that are set, in order, one per byte.
struct CompressTable {
  std::uint64_t lanes[256];
  constexpr CompressTable() : lanes() {
    for (unsigned mask = 0; mask < 256; mask++) {
      unsigned shift = 0;
      for (std::uint64_t lane = 0; lane < 8; lane++) {
        if ((mask >> lane & 1) == 0) continue;
        lanes[mask] |= lane << shift;
        shift += 8;
      }
    }
  }
};
constexpr CompressTable kCompress;

inline std::size_t compress(Float v, std::uint32_t first, Int mask, float* p, std::uint32_t* ids) {
  const int hits = _mm256_movemask_ps((__m256)mask);
  const __m128i bytes = _mm_cvtsi64_si128(static_cast<long long>(kCompress.lanes[hits]));
  const __m256i order = _mm256_cvtepu8_epi32(bytes);
  _mm256_storeu_ps(p, _mm256_permutevar8x32_ps((__m256)v, order));
  _mm256_storeu_si256((__m256i*)ids, _mm256_add_epi32(order, _mm256_set1_epi32(static_cast<int>(first))));
  return static_cast<std::size_t>(__builtin_popcount(static_cast<unsigned>(hits)));
}

inline bool any(const Int* masks) {
  return _mm256_movemask_ps((__m256)(masks[0] | masks[1])) != 0;
}

#else

inline std::size_t compress(Float v, std::uint32_t first, Int mask, float* p, std::uint32_t* ids) {
  std::size_t count = 0;
  for (int lane = 0; lane < kLanes; lane++) {
    p[count] = v[lane];
    ids[count] = first + static_cast<std::uint32_t>(lane);
    count += static_cast<std::size_t>(mask[lane] & 1);
  }
  return count;
}

inline bool any(const Int* masks) {
  const Int all = (masks[0] | masks[1]) | (masks[2] | masks[3]);
#if defined(__SSE2__)
  return _mm_movemask_ps((__m128)all) != 0;
#else
  return (all[0] | all[1] | all[2] | all[3]) != 0;
#endif
}

#endif

std::size_t filter(const float* products, const float* norms, std::size_t begin, std::size_t end,
                   float threshold, std::uint32_t first, CandidateList* list) {
  const Float bound = splat(threshold);
  std::size_t count = list->count;
  const std::size_t limit = list->limit;
  std::size_t j = begin;
  for (; j < end && count < limit; j += kStep) {
    Float value[kVectors];
    Int below[kVectors];
    for (int v = 0; v < kVectors; v++) {
      value[v] = load(products + j + v * kLanes) + load(norms + j + v * kLanes);
      below[v] = value[v] < bound;
    }
    if (!any(below)) continue;
    for (int v = 0; v < kVectors; v++) {
      const std::uint32_t id = first + static_cast<std::uint32_t>(j) + static_cast<std::uint32_t>(v * kLanes);
      count += compress(value[v], id, below[v], list->values + count, list->ids + count);
    }
  }
  list->count = count;
  return j;
}

constexpr int kBisections = 32;
constexpr float kHuge = 3.4028235e38f;

std::size_t count_below(const float* values, std::size_t padded, float threshold) {
  const Float bound = splat(threshold);
  Int count = {};
  for (std::size_t j = 0; j < padded; j += kLanes) count -= load(values + j) < bound;
  std::size_t total = 0;
  for (int lane = 0; lane < kLanes; lane++) total += static_cast<std::size_t>(count[lane]);
  return total;
}

// Moves the entries below the threshold to the front, keeping their order.
void keep_below(CandidateList* list, std::size_t padded, float threshold) {
  const Float bound = splat(threshold);
  std::size_t kept = 0;
  for (std::size_t j = 0; j < padded; j += kLanes) {
    const Float value = load(list->values + j);
    std::uint32_t ids[kLanes];
    for (int lane = 0; lane < kLanes; lane++) ids[lane] = list->ids[j + static_cast<std::size_t>(lane)];
    const Int below = value < bound;
    for (int lane = 0; lane < kLanes; lane++) {
      list->values[kept] = value[lane];
      list->ids[kept] = ids[lane];
      kept += static_cast<std::size_t>(below[lane] & 1);
    }
  }
  list->count = kept;
}

// Bisects the threshold: counting a list's few hundred values is far cheaper than selecting among them.
bool shrink(CandidateList* list, std::size_t keep, std::size_t slack, float* threshold) {
  const std::size_t padded = (list->count + kStep - 1) / kStep * kStep;
  float low = kHuge;
  float high = -kHuge;
  for (std::size_t j = 0; j < list->count; j++) {
    low = list->values[j] < low ? list->values[j] : low;
    high = list->values[j] > high ? list->values[j] : high;
  }
  for (std::size_t j = list->count; j < padded; j++) list->values[j] = kHuge;
  for (int step = 0; step < kBisections; step++) {
    const float middle = low + 0.5f * (high - low);
    const std::size_t below = count_below(list->values, padded, middle);
    if (below < keep) {
      low = middle;
    } else if (below > keep + slack) {
      high = middle;
    } else {
      keep_below(list, padded, middle);
      *threshold = middle;
      return true;
    }
  }
  return false;
}

void squared_distances(const float* query, const float* points, std::size_t stride, std::size_t d,
                       const std::uint32_t* ids, std::size_t count, float* out) {
  const std::size_t whole = d / kStep * kStep;
  alignas(64) float query_tail[kBlock] = {};
  alignas(64) float tail[kBlock] = {};
  for (std::size_t k = whole; k < d; k++) query_tail[k - whole] = query[k];
  for (std::size_t j = 0; j < count; j++) {
    const float* point = points + ids[j] * stride;
    Float sum[kVectors] = {};
    for (std::size_t k = 0; k < whole; k += kStep) {
      for (int v = 0; v < kVectors; v++) {
        const Float difference = load(query + k + v * kLanes) - load(point + k + v * kLanes);
        sum[v] += difference * difference;
      }
    }
    if (whole < d) {
      for (std::size_t k = whole; k < d; k++) tail[k - whole] = point[k];
      for (int v = 0; v < kVectors; v++) {
        const Float difference = load(query_tail + v * kLanes) - load(tail + v * kLanes);
        sum[v] += difference * difference;
      }
    }
    out[j] = sum_block(sum);
  }
}

}  // namespace

extern const NeighborSimd neighbor_simd;
const NeighborSimd neighbor_simd = {filter, shrink, squared_distances};

}  // namespace god::GOD_ISA
