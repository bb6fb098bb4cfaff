// Pictures of 8 bits a channel, resized and normalized for a network.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/run.hpp"

namespace god {

// Rows of pixels with red, green and blue in turn.
struct Picture {
  const std::uint8_t* pixels;
  std::size_t width;
  std::size_t height;
};

// The part of a resized picture that is wanted: `cols` x `rows` pixels from (left, top) on, of `width` x `height`.
struct Window {
  std::size_t width;
  std::size_t height;
  std::size_t left;
  std::size_t top;
  std::size_t cols;
  std::size_t rows;
};

// Resizes by a triangle that is as wide as an output pixel, or as an input pixel if the picture grows: the result is bit for bit that
// of Pillow's Image.resize with BILINEAR (src/libImaging/Resample.c). First each row, then each column, both in fixed point with 22
// bits after the point and rounded to 8 bits. Only the window is computed.
//
// planes[c, y, x] = values[256 c + byte], three planes of rows x cols: `values` holds what each byte of a channel becomes. Time: the
// pixels of the window, and those rows of the picture that it needs, each times the width of the triangle.
//
// Throws std::invalid_argument for an empty picture, and a window that is empty or not inside the resized picture.
void resample(const Picture& picture, const Window& window, const float* values, Run run, float* planes);

}  // namespace god
