#include "text/vector_lines.hpp"

#include "arguments.hpp"

namespace god {

// inputs { bytes u8 }, options { most, cols, named, tab, lineEnd, threads }, outputs { lines u32[most x 3], values f64[most x cols],
// done f64[2] }. The rows of `lines`, and `done`, are the structs of vector_lines.hpp.
Napi::Value vector_lines_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::size_t size = args.input_length("bytes");
  const std::uint8_t* bytes = args.in<Napi::Uint8Array>("bytes", 0);
  const std::size_t most = args.size("most");
  const VectorLayout layout{args.size("cols"), args.flag("named"), args.flag("tab"),
                            static_cast<std::uint8_t>(args.size("lineEnd"))};
  std::uint32_t* lines = args.out<Napi::Uint32Array>("lines", most * 3);
  double* values = args.out<Napi::Float64Array>("values", most * layout.cols);
  double* done = args.out<Napi::Float64Array>("done", 2);
  return args.start([=](Run run) {
    static_assert(sizeof(VectorLine) == 3 * sizeof(std::uint32_t), "a row of `lines`");
    const ReadLines read =
        read_vector_lines(bytes, size, layout, most, run, reinterpret_cast<VectorLine*>(lines), values);
    done[0] = static_cast<double>(read.lines);
    done[1] = static_cast<double>(read.bytes);
  });
}

}  // namespace god
