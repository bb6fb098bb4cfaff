#include "arguments.hpp"
#include "images/resample.hpp"

namespace god {

// inputs { pixels u8[height x width x 3], values f32[3 x 256] }, options { width, height, window of resample.hpp as resizedWidth,
// resizedHeight, left, top, cols, rows; threads }, outputs { planes f32[3 x rows x cols] }.
Napi::Value resample_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::size_t width = args.size("width"), height = args.size("height");
  const Picture picture{args.in<Napi::Uint8Array>("pixels", height * width * 3), width, height};
  const Window window{args.size("resizedWidth"), args.size("resizedHeight"), args.size("left"),
                      args.size("top"),          args.size("cols"),          args.size("rows")};
  const float* values = args.in<Napi::Float32Array>("values", 3 * 256);
  float* planes = args.out<Napi::Float32Array>("planes", 3 * window.rows * window.cols);
  return args.start([=](Run run) { resample(picture, window, values, run, planes); });
}

}  // namespace god
