#include "neighbors/neighbors.hpp"

#include "arguments.hpp"
#include "neighbors/inverted_file.hpp"

namespace god {

// inputs { X, query? }, options { k, cosine, approximate, threads }, outputs { indices u32[q k], distances
// f32[q k] }, where q counts the rows of `query`, or of X when there is none: neighbors among the rows
// themselves, without the row itself.
Napi::Value nearest_neighbors_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 points = args.matrix_in("X");
  const bool among_themselves = !args.has_input("query");
  const ConstMatrix32 queries = among_themselves ? points : args.matrix_in("query");
  const std::size_t k = args.size("k");
  const Metric metric = args.flag("cosine") ? Metric::kCosine : Metric::kEuclidean;
  const bool approximate = args.flag("approximate");  // only without `query`
  const std::size_t threads = args.threads();
  auto* indices = args.out<Napi::Uint32Array>("indices", queries.rows * k);
  auto* distances = args.out<Napi::Float32Array>("distances", queries.rows * k);
  return args.start([=](Monitor& monitor) {
    if (among_themselves && approximate) {
      approximate_neighbors(points, k, metric, threads, monitor, indices, distances);
    } else if (among_themselves) {
      nearest_neighbors(points, k, metric, threads, monitor, indices, distances);
    } else {
      nearest_neighbors(points, queries, k, metric, threads, monitor, indices, distances);
    }
  });
}

}  // namespace god
