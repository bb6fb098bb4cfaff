#include <stdexcept>

#include "agglomerative/ward.hpp"
#include "arguments.hpp"

namespace god {

// inputs { X }, options { linkage, threads }, outputs { merges f64[(n-1) * 4] }.
Napi::Value agglomerative_fit_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 x = args.matrix_in("X");
  double* merges = args.out<Napi::Float64Array>("merges", x.rows == 0 ? 0 : (x.rows - 1) * 4);
  const std::size_t threads = args.threads();
  if (args.text("linkage") != "ward") throw std::invalid_argument("unknown linkage");
  return args.start([=](Monitor& monitor) { ward_linkage(x, threads, monitor, merges); });
}

}  // namespace god
