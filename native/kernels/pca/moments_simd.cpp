#include "pca/moments_simd.hpp"

#include "base/simd.hpp"

namespace god::GOD_ISA {
namespace {

using Double = double __attribute__((vector_size(GOD_LANES * 8)));
typedef double LooseDouble __attribute__((vector_size(GOD_LANES * 8), aligned(8), may_alias));

Double load_doubles(const double* p) {
  return *reinterpret_cast<const LooseDouble*>(p);
}

void center(const float* x, const float* shift, std::size_t cols, float* out) {
  std::size_t j = 0;
  for (; j + kLanes <= cols; j += kLanes) store(out + j, load(x + j) - load(shift + j));
  for (; j < cols; j++) out[j] = x[j] - shift[j];
}

void add_scatter(const float* gram, const double* rest, const double* delta, double unit, double own,
                 double factor, std::size_t cols, double* to) {
  std::size_t j = 0;
  for (; j + kLanes <= cols; j += kLanes) {
    const Double square = __builtin_convertvector(load(gram + j), Double);
    const Double sum = load_doubles(to + j) + unit * square - own * load_doubles(rest + j) +
                       factor * load_doubles(delta + j);
    *reinterpret_cast<LooseDouble*>(to + j) = sum;
  }
  // Computed in the same order as the vectors above, because where the rest begins depends on their width.
  for (; j < cols; j++)
    to[j] = to[j] + unit * static_cast<double>(gram[j]) - own * rest[j] + factor * delta[j];
}

}  // namespace

extern const MomentsSimd moments_simd;
const MomentsSimd moments_simd = {center, add_scatter};

}  // namespace god::GOD_ISA
