#include "base/products.hpp"

#include <algorithm>

#include "base/packing_simd.hpp"

namespace god {
namespace {

std::size_t padded(std::size_t n) {
  const std::size_t lanes = packing_simd().lanes;
  return (n + lanes - 1) / lanes * lanes;
}

// Calls f(terms) for every block of k terms. If k is 0 there is one block without terms, because such a
// product must still be written.
template <class F>
void each_block(std::size_t k, F&& f) {
  for (std::size_t first = 0; first == 0 || first < k; first += kProductDepth) {
    const std::size_t depth = std::min(kProductDepth, k - first);
    f(ProductTerms{first, depth, first + depth == k});
  }
}

}  // namespace

void PackedMatrix::reshape(std::size_t k, std::size_t n) {
  k_ = k;
  n_ = n;
  const std::size_t size = k * padded(n);
  if (size <= capacity_) return;
  data_ = LargeArray<float>(size);
  capacity_ = size;
}

float* PackedMatrix::block(std::size_t first) const {
  return data_.data() + first / kProductDepth * kProductDepth * padded(n_);
}

void PackedMatrix::put(Transpose side, const float* b, std::size_t stride, std::size_t first,
                       std::size_t count, float factor) {
  const bool transposed = side == Transpose::kYes;
  for (std::size_t row = first, end = 0; row < first + count; row = end) {
    const std::size_t begin = row / kProductDepth * kProductDepth;
    end = std::min(first + count, begin + kProductDepth);
    const BlockRows rows{row - begin, end - row, std::min(kProductDepth, k_ - begin)};
    packing_simd().pack(b + (row - first) * (transposed ? 1 : stride), stride, transposed, rows, n_, factor,
                        block(begin));
  }
}

void PackedMatrix::pack(Transpose side, const float* b, std::size_t stride, std::size_t k, std::size_t n,
                        float factor) {
  reshape(k, n);
  put(side, b, stride, 0, k, factor);
}

void PackedMatrix::put_rows(std::size_t first, std::size_t count, const float* b, std::size_t stride) {
  put(Transpose::kNo, b, stride, first, count, 1);
}

void PackedMatrix::put_row_less(std::size_t row, const float* x, const float* shift, float factor,
                                float* sums) {
  const std::size_t begin = row / kProductDepth * kProductDepth;
  const BlockRows place{row - begin, 1, std::min(kProductDepth, k_ - begin)};
  packing_simd().pack_less(x, shift, place, n_, factor, block(begin), sums);
}

void PackedMatrix::multiply(const LeftFactor& a, const ProductOutput& c) const {
  each_block(
      k_, [&](const ProductTerms& terms) { product_simd().multiply(a, terms, n_, block(terms.first), c); });
}

void PackedMatrix::gram_upper(float* c, std::size_t ldc, bool add) const {
  each_block(k_, [&](ProductTerms terms) {
    const float* rows = block(terms.first);
    if (add) terms.first += kProductDepth;  // as if there were earlier terms
    product_simd().gram(terms, n_, rows, {c, ldc});
  });
}

}  // namespace god
