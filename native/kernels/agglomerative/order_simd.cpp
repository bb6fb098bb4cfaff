// See order_simd.hpp. Plain loops of fixed length, which the compiler vectorizes.
#include "agglomerative/order_simd.hpp"

namespace god::GOD_ISA {
namespace {

template <std::size_t kWidth>
inline void min_plus_tile(const double* a, const double* b, std::size_t stride, std::size_t count,
                          double* c) {
  double least[kWidth];
  for (std::size_t j = 0; j < kWidth; j++) least[j] = __builtin_inf();
  for (std::size_t k = 0; k < count; k++) {
    const double* row = b + k * stride;
    for (std::size_t j = 0; j < kWidth; j++) {
      const double sum = a[k] + row[j];
      least[j] = sum < least[j] ? sum : least[j];
    }
  }
  for (std::size_t j = 0; j < kWidth; j++) c[j] = least[j];
}

void min_plus(const double* a, const double* b, std::size_t stride, std::size_t count, std::size_t columns,
              double* c) {
  if (columns == kOrderColumns) return min_plus_tile<kOrderColumns>(a, b, stride, count, c);
  std::size_t j = 0;
  for (; j + 4 <= columns; j += 4) min_plus_tile<4>(a, b + j, stride, count, c + j);
  for (; j < columns; j++) min_plus_tile<1>(a, b + j, stride, count, c + j);
}

}  // namespace

extern const OrderSimd order_simd;
const OrderSimd order_simd = {min_plus};

}  // namespace god::GOD_ISA
