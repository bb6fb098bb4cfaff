#include "base/packing_simd.hpp"

#include "base/product_panels.hpp"

namespace god::GOD_ISA {
namespace {

// Where the columns of one vector are read and where they are written.
struct Column {
  const float* from;
  std::size_t stride;
  std::size_t count;  // number of columns: kLanes, or fewer if the matrix is narrower than a vector
  float factor;
  float* to;
  std::size_t step;  // distance of rows in `to`
};

void pack_rows(const Column& c, std::size_t rows) {
  for (std::size_t p = 0; p < rows; p++) {
    const float* from = c.from + p * c.stride;
    float* to = c.to + p * c.step;
    if (c.count == kLanes) {
      store(to, load(from) * splat(c.factor));
    } else {
      for (std::size_t j = 0; j < kLanes; j++) to[j] = j < c.count ? from[j] * c.factor : 0;
    }
  }
}

#if GOD_LANES == 16
#define GOD_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define GOD_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif GOD_LANES == 8
#define GOD_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define GOD_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define GOD_LOW 0, 4, 1, 5
#define GOD_HIGH 2, 6, 3, 7
#endif

// Transposes kLanes vectors, by interleaving the first half with the second half log2(kLanes) times.
inline void transpose(Float (&v)[kLanes]) {
#pragma GCC unroll 4
  for (int round = 1; round < kLanes; round *= 2) {
    Float next[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; i++) {
      next[2 * i] = __builtin_shufflevector(v[i], v[i + kLanes / 2], GOD_LOW);
      next[2 * i + 1] = __builtin_shufflevector(v[i], v[i + kLanes / 2], GOD_HIGH);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; i++) v[i] = next[i];
  }
}

void pack_columns(const Column& c, std::size_t rows) {
  std::size_t p = 0;
  for (; c.count == kLanes && p + kLanes <= rows; p += kLanes) {
    Float v[kLanes];
#pragma GCC unroll 16
    for (int j = 0; j < kLanes; j++)
      v[j] = load(c.from + static_cast<std::size_t>(j) * c.stride + p) * splat(c.factor);
    transpose(v);
#pragma GCC unroll 16
    for (int j = 0; j < kLanes; j++) store(c.to + (p + static_cast<std::size_t>(j)) * c.step, v[j]);
  }
  for (; p < rows; p++) {
    for (std::size_t j = 0; j < kLanes; j++)
      c.to[p * c.step + j] = j < c.count ? c.from[j * c.stride + p] * c.factor : 0;
  }
}

void pack(const float* b, std::size_t stride, bool transposed, const BlockRows& rows, std::size_t n,
          float factor, float* block) {
  const std::size_t vectors = vectors_of(n);
  for (std::size_t v = 0, wide = 0; v < vectors; v += wide) {
    wide = panel_vectors(v, vectors);
    float* panel = block + v * kLanes * rows.depth + rows.first * wide * kLanes;
    for (std::size_t j = 0; j < wide; j++) {
      const std::size_t column = column_of(v + j, n);
      const Column part{b + column * (transposed ? stride : 1),
                        stride,
                        least(kLanes, n - column),
                        factor,
                        panel + j * kLanes,
                        wide * kLanes};
      if (transposed) {
        pack_columns(part, rows.count);
      } else {
        pack_rows(part, rows.count);
      }
    }
  }
}

void pack_less(const float* x, const float* shift, const BlockRows& row, std::size_t n, float factor,
               float* block, float* sums) {
  const std::size_t vectors = vectors_of(n);
  for (std::size_t v = 0, wide = 0; v < vectors; v += wide) {
    wide = panel_vectors(v, vectors);
    float* to = block + v * kLanes * row.depth + row.first * wide * kLanes;
    for (std::size_t i = v; i < v + wide; i++, to += kLanes) {
      const std::size_t column = column_of(i, n);
      if (column + kLanes <= n) {
        const Float less = (load(x + column) - load(shift + column)) * splat(factor);
        store(to, less);
        if (column == i * kLanes) store(sums + column, load(sums + column) + less);
      } else {
        for (std::size_t j = 0; j < kLanes; j++) to[j] = j < n ? (x[j] - shift[j]) * factor : 0;
      }
    }
  }
  // The columns of the last vector that is not full.
  for (std::size_t j = n / kLanes * kLanes; j < n; j++) sums[j] += (x[j] - shift[j]) * factor;
}

}  // namespace

extern const PackingSimd packing_simd;
const PackingSimd packing_simd{kLanes, pack, pack_less};

}  // namespace god::GOD_ISA
