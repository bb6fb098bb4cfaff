#include "base/products_simd.hpp"

#include "base/product_panels.hpp"

// A tile of C, up to kTallest rows by one panel, stays in registers while the terms of a block are added one
// after another. Every element is therefore the sum over blocks of sums in the order of k, by fused
// multiply-add from zero, whichever tile, panel or call it belongs to.
namespace god::GOD_ISA {
namespace {

// This many rows of A stay in the second-level cache while all panels are multiplied with them.
constexpr std::size_t kBand = 192;

// kTallest: rows of a tile for panels of 1, 2 and 3 vectors, as many as fit into registers together with the
// panel's row and one element of A. kGroup: rows of op(A) that are copied at a time if A is transposed; a few
// tiles, and whole vectors.
#if GOD_LANES == 16
constexpr int kTallest[] = {0, 14, 14, 9};
constexpr std::size_t kGroup = 48;
#elif defined(__aarch64__)
constexpr int kTallest[] = {0, 12, 12, 8};
constexpr std::size_t kGroup = 24;
#else
constexpr int kTallest[] = {0, 6, 6, 4};
constexpr std::size_t kGroup = 24;
#endif
constexpr int kMostRows = kTallest[2];

// Divides [begin, end) evenly into pieces of at most `longest`, and calls f(begin, length) for each.
template <class F>
void cut(std::size_t begin, std::size_t end, std::size_t longest, F f) {
  const std::size_t pieces = (end - begin + longest - 1) / longest;
  for (std::size_t i = 0; i < pieces; i++) {
    const std::size_t at = begin + (end - begin) * i / pieces;
    f(at, begin + (end - begin) * (i + 1) / pieces - at);
  }
}

struct Tile {
  std::size_t depth;  // number of terms
  const float* a;     // element (i, p) is at [i * a_stride + p]; by columns, at [i + p * a_stride]
  std::size_t a_stride;
  const float* panel;
  float* c;
  std::size_t c_stride;
  std::size_t last;  // where the panel's last vector begins
  const float* add;  // added to the sums, rows add_stride apart, or null
  std::size_t add_stride;
  bool relu;
};

template <int kRows, int kWide>
inline void write_tile(const Tile& t, Float (&sum)[kRows][kWide]) {
  if (t.add == nullptr && !t.relu) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; i++) {
      float* c = t.c + static_cast<std::size_t>(i) * t.c_stride;
#pragma GCC unroll 4
      for (int j = 0; j + 1 < kWide; j++) store(c + j * kLanes, sum[i][j]);
      store(c + t.last, sum[i][kWide - 1]);
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; i++) {
    float* c = t.c + static_cast<std::size_t>(i) * t.c_stride;
    if (t.add != nullptr) {
      const float* add = t.add + static_cast<std::size_t>(i) * t.add_stride;
#pragma GCC unroll 4
      for (int j = 0; j < kWide; j++) sum[i][j] += load(add + (j + 1 < kWide ? j * kLanes : t.last));
    }
    if (t.relu) {
#pragma GCC unroll 4
      for (int j = 0; j < kWide; j++) sum[i][j] = select(sum[i][j] < Float{}, Float{}, sum[i][j]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < kWide; j++) store(c + (j + 1 < kWide ? j * kLanes : t.last), sum[i][j]);
  }
}

template <int kRows, int kWide, bool kByColumns>
void run_tile(const Tile& t) {
  Float sum[kRows][kWide];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; i++)
#pragma GCC unroll 4
    for (int j = 0; j < kWide; j++) sum[i][j] = Float{};
  const float* panel = t.panel;
  const float* a = t.a;
  const std::size_t stride = t.a_stride;
  for (std::size_t p = 0; p < t.depth; p++) {
    Float row[kWide];
#pragma GCC unroll 4
    for (int j = 0; j < kWide; j++) row[j] = load(panel + j * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; i++) {
      const Float element = splat(kByColumns ? a[i] : a[static_cast<std::size_t>(i) * stride]);
#pragma GCC unroll 4
      for (int j = 0; j < kWide; j++) sum[i][j] += element * row[j];
    }
    panel += kWide * kLanes;
    a += kByColumns ? stride : 1;
  }
  write_tile<kRows, kWide>(t, sum);
}

// Calls run_tile for `rows` rows, at most kRows.
template <int kRows, int kWide, bool kByColumns>
void run_rows(const Tile& t, std::size_t rows) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return run_rows<kRows - 1, kWide, kByColumns>(t, rows);
  }
  run_tile<kRows, kWide, kByColumns>(t);
}

template <bool kByColumns>
void run_any(const Tile& t, std::size_t rows, std::size_t wide) {
  if (wide == 2) return run_rows<kTallest[2], 2, kByColumns>(t, rows);
  if (wide == 3) return run_rows<kTallest[3], 3, kByColumns>(t, rows);
  run_rows<kTallest[1], 1, kByColumns>(t, rows);
}

// A product with fewer columns than a vector has lanes is computed in a tile of whole vectors and copied.
void run_slim(Tile t, std::size_t rows, std::size_t n, bool by_columns) {
  float tile[kMostRows * kLanes], add[kMostRows * kLanes] = {};
  float* c = t.c;
  if (t.add != nullptr) {
    for (std::size_t i = 0; i < rows; i++)
      for (std::size_t j = 0; j < n; j++) add[i * kLanes + j] = t.add[i * t.add_stride + j];
    t.add = add;
    t.add_stride = kLanes;
  }
  t.c = tile;
  const std::size_t stride = t.c_stride;
  t.c_stride = kLanes;
  if (by_columns) {
    run_any<true>(t, rows, 1);
  } else {
    run_any<false>(t, rows, 1);
  }
  for (std::size_t i = 0; i < rows; i++)
    for (std::size_t j = 0; j < n; j++) c[i * stride + j] = tile[i * kLanes + j];
}

// The contribution of one block's terms to a product.
struct Pass {
  const LeftFactor& a;
  const ProductTerms& terms;
  std::size_t n;
  const float* block;
  const ProductOutput& c;

  // Multiplies rows [row, row + rows) with the panel at vector v. `from` points to these rows of op(A).
  void tile(const float* from, std::size_t stride, bool by_columns, std::size_t row, std::size_t rows,
            std::size_t v) const {
    const std::size_t wide = panel_vectors(v, vectors_of(n));
    const std::size_t column = v * kLanes;
    float* out = c.data + row * c.stride + column;
    Tile t{terms.depth,
           from,
           stride,
           block + column * terms.depth,
           out,
           c.stride,
           column_of(v + wide - 1, n) - column,
           nullptr,
           0,
           c.relu && terms.last};
    if (terms.first > 0) {
      t.add = out;
      t.add_stride = c.stride;
    } else if (c.bias != nullptr) {
      t.add = c.bias + column;
    }
    if (n < kLanes) return run_slim(t, rows, n, by_columns);
    if (by_columns) return run_any<true>(t, rows, wide);
    run_any<false>(t, rows, wide);
  }

  // Calls f(v, tallest) for every panel; it begins at vector v and its tiles have up to `tallest` rows.
  template <class F>
  void each_panel(F f) const {
    const std::size_t vectors = vectors_of(n);
    for (std::size_t v = 0, wide = 0; v < vectors; v += wide) {
      wide = panel_vectors(v, vectors);
      f(v, static_cast<std::size_t>(kTallest[wide]));
    }
  }

  // A is not transposed: a band of its rows stays in the cache while all panels are multiplied with it.
  void by_rows() const {
    for (std::size_t begin = 0; begin < a.rows; begin += kBand) {
      each_panel([&](std::size_t v, std::size_t tallest) {
        cut(begin, least(a.rows, begin + kBand), tallest, [&](std::size_t row, std::size_t rows) {
          tile(a.data + row * a.stride + terms.first, a.stride, false, row, rows, v);
        });
      });
    }
  }

  // A is transposed: groups of its columns are copied first, because their terms are spread over as many
  // rows, and often as many pages.
  void by_columns() const {
    const std::size_t tallest = static_cast<std::size_t>(kTallest[vectors_of(n) == 3 ? 3 : 2]);
    alignas(64) float copy[kGroup * kProductDepth];
    cut(0, a.rows, kGroup / tallest * tallest, [&](std::size_t begin, std::size_t count) {
      const float* from = copy + begin - copy_group(begin, copy);
      each_panel([&](std::size_t v, std::size_t height) {
        cut(begin, begin + count, height,
            [&](std::size_t row, std::size_t rows) { tile(from + row - begin, kGroup, true, row, rows, v); });
      });
    });
  }

  // A is the transpose of the packed block itself, whose panels are laid out like the copies above. Only
  // panels on and above the diagonal of the square are computed.
  void by_panels() const {
    each_panel([&](std::size_t v, std::size_t tallest) {
      for (std::size_t u = 0, wide = 0; u <= v; u += wide) {
        wide = panel_vectors(u, vectors_of(n));
        const std::size_t begin = u * kLanes, end = least(n, begin + wide * kLanes);
        // A last vector that is not full repeats columns; its own columns are at its end.
        const bool repeats = end == n && n > kLanes && n % kLanes != 0;
        const std::size_t own = repeats ? n - n % kLanes : end;
        const float* panel = block + begin * terms.depth;
        const std::size_t stride = wide * kLanes;
        cut(begin, own, tallest, [&](std::size_t row, std::size_t rows) {
          tile(panel + row - begin, stride, true, row, rows, v);
        });
        cut(own, end, tallest, [&](std::size_t row, std::size_t rows) {
          tile(panel + stride - (end - row), stride, true, row, rows, v);
        });
      }
    });
  }

  // Copies kGroup rows of op(A), or all if there are fewer, and returns the first of them: `row`, or an
  // earlier one so as not to read beyond the last row.
  std::size_t copy_group(std::size_t row, float* copy) const {
    const std::size_t from = a.rows < kGroup ? 0 : least(row, a.rows - kGroup);
    const float* at = a.data + terms.first * a.stride + from;
    for (std::size_t p = 0; p < terms.depth; p++, at += a.stride, copy += kGroup) {
      if (a.rows < kGroup) {
        for (std::size_t i = 0; i < a.rows; i++) copy[i] = at[i];
      } else {
        for (std::size_t i = 0; i < kGroup; i += kLanes) store(copy + i, load(at + i));
      }
    }
    return from;
  }
};

void multiply(const LeftFactor& a, const ProductTerms& terms, std::size_t n, const float* block,
              const ProductOutput& c) {
  const Pass pass{a, terms, n, block, c};
  if (a.transposed) {
    pass.by_columns();
  } else {
    pass.by_rows();
  }
}

void gram(const ProductTerms& terms, std::size_t n, const float* block, const ProductOutput& c) {
  const LeftFactor itself{block, n, n, true};
  Pass{itself, terms, n, block, c}.by_panels();
}

}  // namespace

extern const ProductSimd product_simd;
const ProductSimd product_simd{multiply, gram};

}  // namespace god::GOD_ISA
