#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "images/resample.hpp"

namespace {

using namespace god;

std::vector<std::uint8_t> pattern(std::size_t width, std::size_t height) {
  std::vector<std::uint8_t> pixels;
  for (std::size_t y = 0; y < height; y++)
    for (std::size_t x = 0; x < width; x++)
      for (std::size_t c = 0; c < 3; c++)
        pixels.push_back(static_cast<std::uint8_t>(x * 37 + y * 61 + c * 83 + (x * y) % 7 * 29));
  return pixels;
}

// Each byte becomes its own value, 1000 higher in each channel.
std::vector<float> numbered() {
  std::vector<float> values;
  for (int c = 0; c < 3; c++)
    for (int byte = 0; byte < 256; byte++) values.push_back(static_cast<float>(1000 * c + byte));
  return values;
}

std::vector<float> resampled(std::size_t width, std::size_t height, const Window& window) {
  const std::vector<std::uint8_t> pixels = pattern(width, height);
  const std::vector<float> values = numbered();
  std::vector<float> planes(3 * window.cols * window.rows);
  Monitor monitor;
  resample({pixels.data(), width, height}, window, values.data(), {1, monitor}, planes.data());
  return planes;
}

}  // namespace

// The expected bytes are those of Pillow 13.0.0: Image.fromarray(pattern).resize(size, Image.BILINEAR), and a cut.
TEST_CASE("a picture that grows has the bytes of Pillow") {
  const std::vector<float> expected = {
      15,   37,   59,   33,   60,   86,   69,   105,  140,  87,   127,  167,   //
      1098, 1120, 1142, 1116, 1143, 1131, 1152, 1188, 1108, 1170, 1210, 1096,  //
      2181, 2203, 2225, 2174, 2162, 2188, 2159, 2079, 2114, 2151, 2037, 2077};
  CHECK(resampled(3, 2, {5, 4, 1, 0, 3, 4}) == expected);
}

TEST_CASE("a picture that shrinks has the bytes of Pillow") {
  const std::vector<float> expected = {143,  141,  125,  134,  144,  99,    //
                                       1105, 1115, 1137, 1128, 1109, 1162,  //
                                       2121, 2098, 2103, 2142, 2143, 2084};
  CHECK(resampled(9, 7, {4, 3, 0, 1, 3, 2}) == expected);
  CHECK(resampled(40, 3, {3, 3, 1, 1, 1, 1}) == std::vector<float>{120, 1130, 2139});
}

TEST_CASE("a picture of the same size stays as it is") {
  const std::vector<float> planes = resampled(6, 5, {6, 5, 0, 0, 6, 5});
  const std::vector<std::uint8_t> pixels = pattern(6, 5);
  for (std::size_t c = 0; c < 3; c++)
    for (std::size_t i = 0; i < 30; i++)
      CHECK(planes[30 * c + i] == static_cast<float>(1000 * c + pixels[3 * i + c]));
}

TEST_CASE("a window has the pixels of the whole") {
  const std::vector<float> whole = resampled(31, 23, {17, 40, 0, 0, 17, 40});
  const Window window{17, 40, 5, 9, 7, 20};
  const std::vector<float> part = resampled(31, 23, window);
  for (std::size_t c = 0; c < 3; c++)
    for (std::size_t y = 0; y < window.rows; y++)
      for (std::size_t x = 0; x < window.cols; x++)
        CHECK(part[(c * window.rows + y) * window.cols + x] == whole[(c * 40 + y + 9) * 17 + x + 5]);
}

TEST_CASE("windows outside the picture are refused") {
  CHECK_THROWS_AS(resampled(4, 4, {8, 8, 5, 0, 4, 4}), std::invalid_argument);
  CHECK_THROWS_AS(resampled(4, 4, {8, 8, 0, 5, 4, 4}), std::invalid_argument);
  CHECK_THROWS_AS(resampled(4, 4, {8, 8, 0, 0, 0, 4}), std::invalid_argument);
  CHECK_THROWS_AS(resampled(0, 4, {8, 8, 0, 0, 4, 4}), std::invalid_argument);
}

TEST_CASE("it stops when it is cancelled") {
  const std::vector<std::uint8_t> pixels = pattern(8, 8);
  const std::vector<float> values = numbered();
  std::vector<float> planes(3 * 16);
  Monitor monitor;
  monitor.stop();
  CHECK_THROWS_AS(
      resample({pixels.data(), 8, 8}, {4, 4, 0, 0, 4, 4}, values.data(), {1, monitor}, planes.data()),
      Cancelled);
}
