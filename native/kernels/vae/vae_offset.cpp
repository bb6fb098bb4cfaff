#include "vae/vae_offset.hpp"

#include <vector>

#include "base/parallel.hpp"

namespace god {
namespace {

// Rows of a block. The sums of blocks are added in order.
constexpr std::size_t kSumRows = 2048;
constexpr std::size_t kShiftRows = 256;

}  // namespace

void vae_offset(ConstMatrix32 x, Run run, double* offset) {
  check_finite(x, "X", run.threads);
  const std::size_t d = x.cols, blocks = (x.rows + kSumRows - 1) / kSumRows;
  const float* first = x.row(0);
  std::vector<double> sums(blocks * d);
  parallel_rows(run.threads, x.rows, kSumRows,
                [&](std::size_t begin, std::size_t end, std::size_t block, std::size_t) {
                  run.monitor.check();
                  double* sum = &sums[block * d];
                  for (std::size_t i = begin; i < end; i++) {
                    const float* row = x.row(i);
                    for (std::size_t j = 0; j < d; j++) {
                      sum[j] += static_cast<double>(row[j]) - static_cast<double>(first[j]);
                    }
                  }
                });
  for (std::size_t j = 0; j < d; j++) {
    double total = 0;
    for (std::size_t block = 0; block < blocks; block++) total += sums[block * d + j];
    offset[j] = static_cast<double>(first[j]) + total / static_cast<double>(x.rows);
  }
}

void vae_shift(Matrix32 x, double sign, const double* offset, Run run) {
  parallel_rows(run.threads, x.rows, kShiftRows,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
                  run.monitor.check();
                  for (std::size_t i = begin; i < end; i++) {
                    float* row = x.row(i);
                    for (std::size_t j = 0; j < x.cols; j++) {
                      row[j] = static_cast<float>(static_cast<double>(row[j]) + sign * offset[j]);
                    }
                  }
                });
}

}  // namespace god
