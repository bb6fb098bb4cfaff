#include "bzip2/bzip2.hpp"

#include "arguments.hpp"
#include "bzip2/runs.hpp"

namespace god {

// inputs { bytes u8 }, options { complete, most, threads }, outputs { texts u8[most x 900000], lengths u32[most], place f64[3],
// batch f64[3] }. `place`, which is read and written, and `batch` are the structs of bzip2.hpp.
Napi::Value bzip2_decode_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::uint8_t* bytes = args.in<Napi::Uint8Array>("bytes", 0);
  const std::size_t size = args.input_length("bytes");
  const std::size_t most = args.size("most");
  const bool complete = args.flag("complete");
  std::uint8_t* texts = args.out<Napi::Uint8Array>("texts", most * kMostBlockBytes);
  std::uint32_t* lengths = args.out<Napi::Uint32Array>("lengths", most);
  double* known = args.out<Napi::Float64Array>("place", 3);
  double* found = args.out<Napi::Float64Array>("batch", 3);
  return args.start([=](Run run) {
    Bzip2Place place{static_cast<std::size_t>(known[0]), static_cast<unsigned>(known[1]),
                     static_cast<std::uint32_t>(known[2])};
    const Bzip2Batch batch = decode_blocks(bytes, size, complete, most, run, place, texts, lengths);
    known[0] = static_cast<double>(place.bit);
    known[1] = place.level;
    known[2] = place.checksum;
    found[0] = static_cast<double>(batch.blocks);
    found[1] = static_cast<double>(batch.expanded);
    found[2] = static_cast<double>(batch.damage);
  });
}

// inputs { texts u8, lengths u32[blocks] }, options { blocks, threads }, outputs { out u8, cursor f64[4] }. Expands the runs of the
// blocks into `out`, which has room for at least 255 bytes. `cursor` is read and written: block, position in its text, equal
// bytes before it, bytes written by this call.
Napi::Value bzip2_expand_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::size_t blocks = args.size("blocks");
  const std::uint8_t* texts = args.in<Napi::Uint8Array>("texts", blocks * kMostBlockBytes);
  const std::uint32_t* lengths = args.in<Napi::Uint32Array>("lengths", blocks);
  std::uint8_t* out = args.out<Napi::Uint8Array>("out", 255);
  const std::size_t room = args.output_length("out");
  double* state = args.out<Napi::Float64Array>("cursor", 4);
  return args.start([=](Run) {
    auto block = static_cast<std::size_t>(state[0]);
    RunCursor cursor{static_cast<std::size_t>(state[1]), static_cast<unsigned>(state[2])};
    std::size_t filled = 0;
    while (block < blocks && room - filled >= 255) {
      filled +=
          expand_runs(texts + block * kMostBlockBytes, lengths[block], cursor, out + filled, room - filled);
      if (cursor.position < lengths[block]) break;
      block++;
      cursor = {};
    }
    state[0] = static_cast<double>(block);
    state[1] = static_cast<double>(cursor.position);
    state[2] = cursor.equal;
    state[3] = static_cast<double>(filled);
  });
}

}  // namespace god
