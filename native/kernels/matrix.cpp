#include "matrix.hpp"

#include <atomic>
#include <cmath>
#include <stdexcept>

#include "parallel.hpp"

namespace god {

void check_finite(ConstMatrix32 x, const std::string& name, std::size_t threads) {
  constexpr std::size_t kBlock = 1 << 16;
  const std::size_t none = x.size();
  std::atomic<std::size_t> first{none};
  parallel_rows(threads, x.size(), kBlock, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    float zero = 0;  // stays 0 as long as every value is finite; a loop without branches
    for (std::size_t i = begin; i < end; i++) zero += x.data[i] * 0.0F;
    if (zero == 0.0F) return;
    std::size_t at = begin;
    while (std::isfinite(x.data[at])) at++;
    std::size_t seen = first.load();
    while (at < seen && !first.compare_exchange_weak(seen, at)) {
    }
  });
  const std::size_t at = first.load();
  if (at == none) return;
  throw std::invalid_argument("Expected `" + name + "` to hold finite float32 numbers but row " +
                              std::to_string(at / x.cols) + ", column " + std::to_string(at % x.cols) +
                              " is " + std::to_string(x.data[at]));
}

void check_finite_output(ConstMatrix32 output, ConstMatrix32 input, const std::string& name) {
  float zero = 0;
  for (std::size_t i = 0; i < output.size(); i++) zero += output.data[i] * 0.0F;
  if (zero == 0.0F) return;
  check_finite(input, name, 1);
  throw std::invalid_argument("Expected `" + name +
                              "` to give numbers that fit into float32 but they overflow: scale it");
}

}  // namespace god
