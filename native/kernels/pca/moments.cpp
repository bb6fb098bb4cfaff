#include "pca/moments.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/blas.hpp"
#include "base/ordered_sum.hpp"
#include "base/parallel.hpp"
#include "base/products.hpp"
#include "pca/moments_simd.hpp"

namespace god {
namespace {

// Up to this many columns float64 costs little.
constexpr std::size_t kExactCols = 64;
// A block's provisional mean is that of about this many of its rows.
constexpr std::size_t kCenterRows = 64;
// This many rows are summed in the block's own precision; these sums are added up in float64.
constexpr std::size_t kSumRows = 64;
constexpr std::size_t kExactPieces = 4;
// Sums of squares outside these bounds may have lost digits to underflow, or overflowed.
constexpr float kLeastSquare = 1e-18F;
constexpr float kMostSquare = 1e36F;
// The least exponent of a unit whose reciprocal is finite in float32.
constexpr int kLeastExponent = -126;

// One block's moments while they are computed. T is the precision of the squares.
template <class T>
struct Block {
  std::vector<T> gram, partial;
  std::vector<float> shift;
  std::vector<double> sum;
  double unit = 1;               // squares and sums are of (x - shift) / unit
  std::vector<double> centered;  // scratch of squares in float64
  PackedMatrix packed;           // and in float32
  PcaSeconds* clock = nullptr;

  void resize(std::size_t d) {
    if (gram.size() == d * d) return;
    gram.resize(d * d);
    partial.resize(d);
    shift.resize(d);
    sum.resize(d);
  }
};

// A provisional mean from evenly spread rows, rounded to float32.
template <class T>
void choose_shift(const StackedRows& x, std::size_t begin, std::size_t end, Block<T>& b) {
  const Stopwatch watch(b.clock, &PcaSeconds::packing);
  const std::size_t step = std::max<std::size_t>(1, (end - begin) / kCenterRows);
  std::fill(b.sum.begin(), b.sum.end(), 0.0);
  std::size_t n = 0;
  for (std::size_t i = begin; i < end; i += step, n++) {
    const float* row = x.row(i);
    for (std::size_t j = 0; j < b.sum.size(); j++) b.sum[j] += static_cast<double>(row[j]);
  }
  for (std::size_t j = 0; j < b.sum.size(); j++)
    b.shift[j] = static_cast<float>(b.sum[j] / static_cast<double>(n));
}

// Sets b.sum to column sums over rows [begin, end); row(i, sums) adds row i to partial sums. These are of so
// few rows that the precision of T is enough.
template <class T, class Row>
void add_columns(std::size_t begin, std::size_t end, Block<T>& b, Row&& row) {
  for (std::size_t i = begin; i < end; i += kSumRows) {
    std::fill(b.partial.begin(), b.partial.end(), T{0});
    for (std::size_t r = i; r < std::min(end, i + kSumRows); r++) row(r, b.partial.data());
    for (std::size_t j = 0; j < b.sum.size(); j++) b.sum[j] += static_cast<double>(b.partial[j]);
  }
}

// Computes squares and sums of the rows minus the shift.
void square(const StackedRows& x, std::size_t begin, std::size_t end, Block<double>& b) {
  const Stopwatch watch(b.clock, &PcaSeconds::exact);
  const std::size_t n = end - begin, d = b.shift.size();
  b.centered.resize(n * d);
  std::fill(b.sum.begin(), b.sum.end(), 0.0);
  add_columns(begin, end, b, [&](std::size_t i, double* sums) {
    const float* row = x.row(i);
    double* out = &b.centered[(i - begin) * d];
    for (std::size_t j = 0; j < d; j++) {
      out[j] = static_cast<double>(row[j]) - static_cast<double>(b.shift[j]);
      sums[j] += out[j];
    }
  });
  gram_upper(n, d, b.centered.data(), d, b.gram.data(), d);
}

// The same in float32, times `factor`. Rows are centered as they are packed, and multiplied while they are in
// the cache.
void square_times(float factor, const StackedRows& x, std::size_t begin, std::size_t end, Block<float>& b) {
  const std::size_t d = b.shift.size();
  std::fill(b.sum.begin(), b.sum.end(), 0.0);
  for (std::size_t at = begin; at < end; at += kProductDepth) {
    const std::size_t next = std::min(end, at + kProductDepth);
    {
      const Stopwatch watch(b.clock, &PcaSeconds::packing);
      b.packed.reshape(next - at, d);
      add_columns(at, next, b, [&](std::size_t i, float* sums) {
        b.packed.put_row_less(i - at, x.row(i), b.shift.data(), factor, sums);
      });
    }
    const Stopwatch watch(b.clock, &PcaSeconds::squares);
    b.packed.gram_upper(b.gram.data(), d, at > begin);
  }
}

// The largest magnitude in the rows minus the shift.
float magnitude_of(const StackedRows& x, std::size_t begin, std::size_t end,
                   const std::vector<float>& shift) {
  float magnitude = 0;
  for (std::size_t i = begin; i < end; i++) {
    const float* row = x.row(i);
    for (std::size_t j = 0; j < shift.size(); j++)
      magnitude = std::max(magnitude, std::abs(row[j] - shift[j]));
  }
  return magnitude;
}

// If the largest square leaves float32's comfortable range, computes all again in a unit that makes the
// largest entry about 1. The unit is a power of two, so that nothing is rounded.
void square(const StackedRows& x, std::size_t begin, std::size_t end, Block<float>& b) {
  const std::size_t d = b.shift.size();
  b.unit = 1;
  square_times(1, x, begin, end, b);
  float largest = 0;
  bool finite = true;
  for (std::size_t j = 0; j < d; j++) {
    finite = finite && std::isfinite(b.gram[j * d + j]);
    largest = std::max(largest, b.gram[j * d + j]);
  }
  if (finite && largest > kLeastSquare && largest < kMostSquare) return;
  const float magnitude = magnitude_of(x, begin, end, b.shift);
  if (magnitude == 0 || !std::isfinite(magnitude)) return;  // the caller checks for what is not finite
  const int exponent = std::max(std::ilogb(magnitude), kLeastExponent);
  b.unit = std::ldexp(1.0, exponent);
  square_times(std::ldexp(1.0F, -exponent), x, begin, end, b);
}

template <class T>
void compute(const StackedRows& x, std::size_t begin, std::size_t end, Block<T>& b) {
  b.resize(x.cols());
  choose_shift(x, begin, end, b);
  square(x, begin, end, b);
}

// Chan's update of `total` by `count` rows with the given mean. For each i, scatter(i, factor, delta, row)
// adds row i of their scatter, and factor * delta from the difference of the means, to row i of the total's
// scatter.
template <class Scatter>
void update(Moments& total, std::size_t count, const double* mean, Scatter&& scatter) {
  const std::size_t d = total.mean.size();
  const double all = static_cast<double>(total.count + count);
  const double share = static_cast<double>(count) / all;
  const double weight = static_cast<double>(total.count) * share;
  std::vector<double> delta(d);
  for (std::size_t j = 0; j < d; j++) {
    delta[j] = mean[j] - total.mean[j];
    total.mean[j] += delta[j] * share;
  }
  for (std::size_t i = 0; i < d; i++) scatter(i, weight * delta[i], delta.data(), &total.scatter[i * d]);
  total.count += count;
}

// How a row of a block's squares is added to the total: to += unit * gram - own * rest + factor * delta.
struct Weights {
  double unit, own, factor;
};

void add_scatter(const double* gram, const double* rest, const double* delta, Weights w, std::size_t cols,
                 double* to) {
  for (std::size_t j = 0; j < cols; j++) to[j] += w.unit * gram[j] - w.own * rest[j] + w.factor * delta[j];
}

void add_scatter(const float* gram, const double* rest, const double* delta, Weights w, std::size_t cols,
                 double* to) {
  moments_simd().add_scatter(gram, rest, delta, w.unit, w.own, w.factor, cols, to);
}

template <class T>
void add_block(Moments& total, std::size_t n, Block<T>& b) {
  const Stopwatch watch(b.clock, &PcaSeconds::adding);
  const std::size_t d = b.shift.size();
  const double rows = static_cast<double>(n);
  // From here on `sum` is the mean of x - shift: the block's mean minus its provisional one.
  std::vector<double>& rest = b.sum;
  std::vector<double> mean(d);
  for (std::size_t j = 0; j < d; j++) {
    rest[j] *= b.unit / rows;
    mean[j] = static_cast<double>(b.shift[j]) + rest[j];
  }
  const double unit = b.unit * b.unit;
  update(total, n, mean.data(), [&](std::size_t i, double factor, const double* delta, double* to) {
    add_scatter(&b.gram[i * d + i], &rest[i], delta + i, {unit, rows * rest[i], factor}, d - i, to + i);
  });
}

// Rows that are centered and squared together. A block in float64 is divided into several pieces, so that it
// does not delay the blocks after it longer than one in float32 does.
struct Piece {
  std::size_t begin, end;
  bool exact;
};

std::vector<Piece> pieces_of(std::size_t rows, std::size_t block, std::size_t exact_rows) {
  std::vector<Piece> pieces;
  for (std::size_t begin = 0; begin < rows;) {
    const bool exact = begin < exact_rows;
    const std::size_t end = std::min(rows, begin + (exact ? block / kExactPieces : block));
    pieces.push_back({begin, end, exact});
    begin = end;
  }
  return pieces;
}

struct Scratch {
  Block<double> exact;
  Block<float> fast;
  PcaSeconds clock;
};

// Mean and scatter are finite unless a value is not finite or the difference of two overflows.
void check_moments(const Moments& total, const StackedRows& x, std::size_t threads) {
  double zero = 0;
  for (double value : total.mean) zero += value * 0;
  for (double value : total.scatter) zero += value * 0;
  if (zero == 0) return;
  check_finite(x.tail, "X", threads);
  check_finite(x.head, "X", threads);
  throw BadRows("Expected the values of `X` to differ by less than 3e38 but they do not: scale them");
}

}  // namespace

Moments no_moments(std::size_t cols) {
  return {0, std::vector<double>(cols, 0.0), std::vector<double>(cols * cols, 0.0)};
}

// Large enough for matrix products to run at full speed, and small enough for the second-level cache.
std::size_t moments_block_rows(std::size_t cols) {
  return cols <= 160 ? 2048 : 1024;
}

void add_rows(Moments& total, const StackedRows& x, Run run, double share, PcaSeconds* seconds) {
  if (x.rows() == 0) return;
  const Stopwatch watch(seconds, &PcaSeconds::moments);
  const std::size_t block = moments_block_rows(x.cols());
  const std::size_t exact = x.cols() <= kExactCols ? x.rows() : total.count == 0 ? block : 0;
  const std::vector<Piece> pieces = pieces_of(x.rows(), block, exact);
  std::vector<Scratch> scratch(run.threads);
  for (Scratch& s : scratch) s.exact.clock = s.fast.clock = seconds == nullptr ? nullptr : &s.clock;
  ordered_blocks(
      run.threads, pieces.size(),
      [&](std::size_t i, std::size_t worker) {
        run.monitor.check();
        const auto [begin, end, in_float64] = pieces[i];
        if (in_float64) {
          compute(x, begin, end, scratch[worker].exact);
        } else {
          compute(x, begin, end, scratch[worker].fast);
        }
      },
      [&](std::size_t i, std::size_t worker) {
        const auto [begin, end, in_float64] = pieces[i];
        if (in_float64) {
          add_block(total, end - begin, scratch[worker].exact);
        } else {
          add_block(total, end - begin, scratch[worker].fast);
        }
        run.monitor.progress(share * static_cast<double>(i + 1) / static_cast<double>(pieces.size()));
      });
  for (const Scratch& s : scratch) {
    if (seconds != nullptr) seconds->add(s.clock);
  }
  check_moments(total, x, run.threads);
}

std::size_t add_whole_blocks(Moments& total, const StackedRows& x, Run run) {
  const std::size_t rows = x.rows() - x.rows() % moments_block_rows(x.cols());
  const std::size_t from_tail = rows > x.head.rows ? rows - x.head.rows : 0;
  if (rows > 0) {
    const ConstMatrix32 head{x.head.data, std::min(rows, x.head.rows), x.cols()};
    add_rows(total, {head, {x.tail.data, from_tail, x.cols()}}, run, 1);
  }
  const std::size_t rest = from_tail * x.cols();
  if (!all_finite(x.tail.data + rest, x.tail.size() - rest)) check_finite(x.tail, "X", run.threads);
  return rows;
}

void add_moments(Moments& total, const Moments& more) {
  const std::size_t d = total.mean.size();
  if (more.mean.size() != d) throw std::invalid_argument("moments must have the same number of columns");
  if (more.count == 0) return;
  update(total, more.count, more.mean.data(),
         [&](std::size_t i, double factor, const double* delta, double* to) {
           const double* from = &more.scatter[i * d];
           for (std::size_t j = i; j < d; j++) to[j] += from[j] + factor * delta[j];
         });
}

}  // namespace god
