// See matrix_simd.hpp. Vectors of the machine's native width, of float32 or float64.
#include "agglomerative/matrix_simd.hpp"

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

constexpr int kBytes = GOD_LANES * 4;

template <class T>
struct Native;
template <>
struct Native<float> {
  using Vector = float __attribute__((vector_size(kBytes)));
  typedef float Loose __attribute__((vector_size(kBytes), aligned(4), may_alias));
  using Mask = std::int32_t __attribute__((vector_size(kBytes)));
};
template <>
struct Native<double> {
  using Vector = double __attribute__((vector_size(kBytes)));
  typedef double Loose __attribute__((vector_size(kBytes), aligned(8), may_alias));
  using Mask = std::int64_t __attribute__((vector_size(kBytes)));
};

template <class T>
inline typename Native<T>::Vector load_of(const T* p) {
  return *reinterpret_cast<const typename Native<T>::Loose*>(p);
}
template <class T>
inline void store_of(T* p, typename Native<T>::Vector v) {
  *reinterpret_cast<typename Native<T>::Loose*>(p) = v;
}

template <class Vector>
inline Vector magnitude(Vector v) {
  return v < 0 ? -v : v;
}

// Adds one coordinate's contribution.
template <Gather kGather, class Vector>
inline Vector gathered(Vector sum, Vector difference) {
  if constexpr (kGather == Gather::kSquares) return sum + difference * difference;
  const Vector size = magnitude(difference);
  if constexpr (kGather == Gather::kMagnitudes) return sum + size;
  return size > sum ? size : sum;
}

template <Gather kGather, class T>
void distances_of(std::size_t d, const T* queries, const T* columns, T* out, std::size_t stride) {
  using Vector = typename Native<T>::Vector;
  constexpr int kLanesOf = kBytes / static_cast<int>(sizeof(T));
  constexpr int kRows = static_cast<int>(kDistanceRows);
  for (int j = 0; j < static_cast<int>(kDistanceColumns); j += 2 * kLanesOf) {
    Vector sum[kRows][2] = {};
    for (std::size_t k = 0; k < d; k++) {
      const Vector column[2] = {load_of(columns + k * kDistanceColumns + j),
                                load_of(columns + k * kDistanceColumns + j + kLanesOf)};
#pragma GCC unroll 4
      for (int i = 0; i < kRows; i++) {
        const T query = queries[static_cast<std::size_t>(i) * d + k];
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) {
          sum[i][h] = gathered<kGather>(sum[i][h], query - column[h]);
        }
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < kRows; i++) {
      store_of(out + static_cast<std::size_t>(i) * stride + j, sum[i][0]);
      store_of(out + static_cast<std::size_t>(i) * stride + j + kLanesOf, sum[i][1]);
    }
  }
}

template <class T>
void distances(Gather gather, std::size_t d, const T* queries, const T* columns, T* out, std::size_t stride) {
  switch (gather) {
    case Gather::kSquares:
      return distances_of<Gather::kSquares>(d, queries, columns, out, stride);
    case Gather::kMagnitudes:
      return distances_of<Gather::kMagnitudes>(d, queries, columns, out, stride);
    case Gather::kLargest:
      return distances_of<Gather::kLargest>(d, queries, columns, out, stride);
  }
}

// Loads values, and adds those of `added` if kAdded.
template <bool kAdded, class T>
inline typename Native<T>::Vector load_sum(const T* values, const T* added, std::size_t at) {
  if constexpr (kAdded) return load_of(values + at) + load_of(added + at);
  return load_of(values + at);
}
template <bool kAdded, class T>
inline T one_sum(const T* values, const T* added, std::size_t at) {
  if constexpr (kAdded) return values[at] + added[at];
  return values[at];
}

// Finds the smallest value by vectors, then the first index that has it.
template <bool kAdded, class T>
std::size_t smallest_of(const T* values, const T* added, std::size_t count) {
  using Vector = typename Native<T>::Vector;
  constexpr std::size_t kLanesOf = kBytes / sizeof(T);
  T least = one_sum<kAdded>(values, added, 0);
  std::size_t at = 0;
  if (count >= 4 * kLanesOf) {
    Vector low[4];
    for (int h = 0; h < 4; h++) low[h] = load_sum<kAdded>(values, added, h * kLanesOf);
    for (at = 4 * kLanesOf; at + 4 * kLanesOf <= count; at += 4 * kLanesOf) {
#pragma GCC unroll 4
      for (int h = 0; h < 4; h++) {
        const Vector next = load_sum<kAdded>(values, added, at + h * kLanesOf);
        low[h] = next < low[h] ? next : low[h];
      }
    }
    T lane[kLanesOf];
    for (int h = 0; h < 4; h++) {
      store_of(lane, low[h]);
      for (std::size_t l = 0; l < kLanesOf; l++) least = lane[l] < least ? lane[l] : least;
    }
  }
  for (; at < count; at++) {
    const T next = one_sum<kAdded>(values, added, at);
    least = next < least ? next : least;
  }
  std::size_t begin = 0;
  for (; begin + kLanesOf <= count; begin += kLanesOf) {
    const auto equal = load_sum<kAdded>(values, added, begin) == least;
    typename Native<T>::Mask any = equal;
    std::int64_t words[kBytes / 8];
    __builtin_memcpy(words, &any, kBytes);
    std::int64_t found = 0;
    for (int w = 0; w < kBytes / 8; w++) found |= words[w];
    if (found != 0) break;
  }
  while (one_sum<kAdded>(values, added, begin) != least) begin++;
  return begin;
}

template <class T>
std::size_t smallest(const T* values, std::size_t count) {
  return smallest_of<false, T>(values, nullptr, count);
}

template <class T>
std::size_t smallest_sum(const T* values, const T* added, std::size_t count) {
  return smallest_of<true>(values, added, count);
}

}  // namespace

extern const MatrixSimd matrix_simd;
const MatrixSimd matrix_simd = {{distances<float>, smallest<float>, smallest_sum<float>},
                                {distances<double>, smallest<double>, smallest_sum<double>}};

}  // namespace god::GOD_ISA
