#include "neighbors/mutual_proximity.hpp"

#include "arguments.hpp"

namespace god {

// inputs { X, groups i32[n], query? }, options { count, threads }, outputs { means f64[q count], deviations
// f64[q count] }, where q is the number of rows of `query`, or of X if there is no `query`.
Napi::Value distance_moments_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const ConstMatrix32 points = args.matrix_in("X");
  const GroupedRows to{points, args.in<Napi::Int32Array>("groups", points.rows)};
  const ConstMatrix32 from = args.has_input("query") ? args.matrix_in("query") : points;
  const std::size_t count = args.size("count");
  double* means = args.out<Napi::Float64Array>("means", from.rows * count);
  double* deviations = args.out<Napi::Float64Array>("deviations", from.rows * count);
  return args.start([=](Run run) { distance_moments(from, to, count, run, means, deviations); });
}

// inputs { X, groups i32[n], means f64[n count], deviations f64[n count] } and, for queries, { query,
// queryGroups i32[q], queryMeans f64[q count], queryDeviations f64[q count] }, options { count, k, threads },
// outputs { indices i32[q count k], proximities f64[q count k], distances f32[q count k] }.
Napi::Value mutual_neighbors_job(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::size_t count = args.size("count");
  const std::size_t k = args.size("k");
  const auto side = [&](const char* rows, const char* groups) {
    const ConstMatrix32 x = args.matrix_in(rows);
    return GroupedRows{x, args.in<Napi::Int32Array>(groups, x.rows)};
  };
  const auto moments = [&](const char* means, const char* deviations, std::size_t rows) {
    return DistanceMoments{args.in<Napi::Float64Array>(means, rows * count),
                           args.in<Napi::Float64Array>(deviations, rows * count)};
  };
  const GroupedRows points = side("X", "groups");
  const DistanceMoments of_points = moments("means", "deviations", points.rows.rows);
  const bool asked = args.has_input("query");
  const GroupedRows queries = asked ? side("query", "queryGroups") : points;
  const DistanceMoments of_queries =
      asked ? moments("queryMeans", "queryDeviations", queries.rows.rows) : of_points;
  const std::size_t size = queries.rows.rows * count * k;
  const MutualNeighbors out{args.out<Napi::Int32Array>("indices", size),
                            args.out<Napi::Float64Array>("proximities", size),
                            args.out<Napi::Float32Array>("distances", size)};
  return args.start(
      [=](Run run) { mutual_neighbors(queries, of_queries, points, of_points, count, k, run, out); });
}

}  // namespace god
