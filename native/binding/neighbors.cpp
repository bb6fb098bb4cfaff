#include "neighbors/neighbors.hpp"

#include "arguments.hpp"
#include "neighbors/given_distances.hpp"
#include "neighbors/inverted_file.hpp"

namespace god {

// inputs { X, query? }, options { k, cosine, approximate, threads }, outputs { indices u32[q k], distances
// f32[q k] }, where q is the number of rows of `query`. Without `query` the neighbors of X's own rows are
// found, and a row is not its own neighbor.
Napi::Value nearest_neighbors_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 points = args.matrix_in("X");
  const bool among_themselves = !args.has_input("query");
  const ConstMatrix32 queries = among_themselves ? points : args.matrix_in("query");
  const std::size_t k = args.size("k");
  const Metric metric = args.flag("cosine") ? Metric::kCosine : Metric::kEuclidean;
  const bool approximate = args.flag("approximate");  // only without `query`
  auto* indices = args.out<Napi::Uint32Array>("indices", queries.rows * k);
  auto* distances = args.out<Napi::Float32Array>("distances", queries.rows * k);
  return args.start([=](Run run) {
    if (among_themselves && approximate) {
      approximate_neighbors(points, k, metric, run, indices, distances);
    } else if (among_themselves) {
      nearest_neighbors(points, k, metric, run, indices, distances);
    } else {
      nearest_neighbors(points, queries, k, metric, run, indices, distances);
    }
  });
}

// inputs { distances f32 or f64 }, options { rows, square, k, threads }, outputs { indices u32[rows k],
// distances f32[rows k] }.
template <class Array>
static Napi::Value neighbors_of(Arguments& args) {
  const std::size_t rows = args.size("rows");
  const std::size_t k = args.size("k");
  const bool square = args.flag("square");
  const std::size_t given = square || rows == 0 ? rows * rows : rows * (rows - 1) / 2;
  const auto* distances = args.in<Array>("distances", given);
  auto* indices = args.out<Napi::Uint32Array>("indices", rows * k);
  auto* found = args.out<Napi::Float32Array>("distances", rows * k);
  return args.start(
      [=](Run run) { neighbors_of_distances(distances, square, rows, k, run, indices, found); });
}

Napi::Value distance_neighbors_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  return args.holds<Napi::Float32Array>("distances") ? neighbors_of<Napi::Float32Array>(args)
                                                     : neighbors_of<Napi::Float64Array>(args);
}

}  // namespace god
