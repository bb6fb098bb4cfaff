// See points_simd.hpp.
#include "agglomerative/points_simd.hpp"

#include "agglomerative/simd_bits.hpp"
#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

constexpr int kColumns = static_cast<int>(kDistanceColumns);

template <class Value>
inline Value magnitude(Value v) {
  return v < 0 ? -v : v;
}

// Adds one coordinate's contribution.
template <Gather kGather, class Value>
inline Value gathered(Value sum, Value difference) {
  if constexpr (kGather == Gather::kSquares) return sum + difference * difference;
  const Value size = magnitude(difference);
  if constexpr (kGather == Gather::kMagnitudes) return sum + size;
  return size > sum ? size : sum;
}

template <Gather kGather, class Value>
inline Value joined(Value a, Value b) {
  if constexpr (kGather == Gather::kLargest) return a > b ? a : b;
  return a + b;
}

template <Gather kGather>
std::uint32_t within_of(std::size_t d, const float* query, const float* columns, const float* limits) {
  constexpr int kWidth = kColumns / kLanes < 4 ? kColumns / kLanes : 4;
  std::uint32_t bits = 0;
  for (int j = 0; j < kColumns; j += kWidth * kLanes) {
    // Two sums, of even and of odd coordinates: in a single one, each addition would wait for the one before.
    Float even[kWidth] = {};
    Float odd[kWidth] = {};
    const float* column = columns + j;
    std::size_t k = 0;
    for (; k + 2 <= d; k += 2, column += 2 * kColumns) {
#pragma GCC unroll 4
      for (int v = 0; v < kWidth; v++) {
        even[v] = gathered<kGather>(even[v], query[k] - load(column + v * kLanes));
        odd[v] = gathered<kGather>(odd[v], query[k + 1] - load(column + kColumns + v * kLanes));
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < kWidth; v++) {
      if (k < d) even[v] = gathered<kGather>(even[v], query[k] - load(column + v * kLanes));
      bits |= less_equal_bits(joined<kGather>(even[v], odd[v]), load(limits + j + v * kLanes))
              << (j + v * kLanes);
    }
  }
  return bits;
}

std::uint32_t within(Gather gather, std::size_t d, const float* query, const float* columns,
                     const float* limits) {
  switch (gather) {
    case Gather::kMagnitudes:
      return within_of<Gather::kMagnitudes>(d, query, columns, limits);
    case Gather::kLargest:
      return within_of<Gather::kLargest>(d, query, columns, limits);
    default:
      return within_of<Gather::kSquares>(d, query, columns, limits);
  }
}

constexpr int kWide = GOD_LANES / 2;
using Wide = double __attribute__((vector_size(kWide * 8)));
typedef double LooseWide __attribute__((vector_size(kWide * 8), aligned(8), may_alias));
typedef float LooseNarrow __attribute__((vector_size(kWide * 4), aligned(4), may_alias));

inline Wide load_wide(const double* p) {
  return *reinterpret_cast<const LooseWide*>(p);
}
inline Wide load_wide(const float* p) {
  return __builtin_convertvector(*reinterpret_cast<const LooseNarrow*>(p), Wide);
}

// 16 logical lanes and one tree for their sum, whatever the native width.
template <Gather kGather, class T>
double gathered_of(std::size_t d, const T* a, const T* b) {
  constexpr int kParts = kBlock / kWide;
  double lane[kBlock] = {};
  std::size_t k = 0;
  if (d >= kBlock) {
    Wide sum[kParts] = {};
    for (; k + kBlock <= d; k += kBlock) {
#pragma GCC unroll 8
      for (int p = 0; p < kParts; p++) {
        const Wide difference = load_wide(a + k + p * kWide) - load_wide(b + k + p * kWide);
        sum[p] = gathered<kGather>(sum[p], difference);
      }
    }
    __builtin_memcpy(lane, sum, sizeof lane);
  }
  for (int l = 0; k < d; k++, l++) {
    lane[l] = gathered<kGather>(lane[l], static_cast<double>(a[k]) - static_cast<double>(b[k]));
  }
  for (int half = kBlock / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; l++) lane[l] = joined<kGather>(lane[l], lane[l + half]);
  }
  return lane[0];
}

template <class T>
double gathered_pair(Gather gather, std::size_t d, const T* a, const T* b) {
  switch (gather) {
    case Gather::kMagnitudes:
      return gathered_of<Gather::kMagnitudes>(d, a, b);
    case Gather::kLargest:
      return gathered_of<Gather::kLargest>(d, a, b);
    default:
      return gathered_of<Gather::kSquares>(d, a, b);
  }
}

}  // namespace

extern const PointsSimd points_simd;
const PointsSimd points_simd = {within, gathered_pair<float>, gathered_pair<double>};

}  // namespace god::GOD_ISA
