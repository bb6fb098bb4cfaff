#include "agglomerative/linkage.hpp"

#include <algorithm>
#include <stdexcept>

#include "agglomerative/generic.hpp"
#include "agglomerative/matrix_rounds.hpp"
#include "agglomerative/spanning_tree.hpp"
#include "agglomerative/square_matrix.hpp"
#include "agglomerative/ward/ward.hpp"
#include "base/parallel.hpp"

namespace god {
namespace {

bool is_inverting(Linkage linkage) {
  return linkage == Linkage::kCentroid || linkage == Linkage::kMedian;
}
// Linkages whose recurrence is meant for squared distances, and subtracts: they are always computed in
// float64.
bool is_quadratic(Linkage linkage) {
  return linkage == Linkage::kWard || is_inverting(linkage);
}

ReducibleLinkage reducible(Linkage linkage) {
  switch (linkage) {
    case Linkage::kSingle:
      return ReducibleLinkage::kSingle;
    case Linkage::kComplete:
      return ReducibleLinkage::kComplete;
    case Linkage::kAverage:
      return ReducibleLinkage::kAverage;
    case Linkage::kWeighted:
      return ReducibleLinkage::kWeighted;
    case Linkage::kWard:
      return ReducibleLinkage::kWard;
    default:
      throw std::invalid_argument("centroid and median linkage are not reducible");
  }
}

void run_linkage(SquareMatrix<float>& matrix, std::size_t n, Linkage linkage, std::size_t threads,
                 Monitor& monitor, MergeList& merges) {
  run_matrix_rounds(matrix, n, reducible(linkage), threads, monitor, merges);
}

void run_linkage(SquareMatrix<double>& matrix, std::size_t n, Linkage linkage, std::size_t threads,
                 Monitor& monitor, MergeList& merges) {
  if (is_inverting(linkage)) {
    const auto inverting =
        linkage == Linkage::kCentroid ? InvertingLinkage::kCentroid : InvertingLinkage::kMedian;
    run_generic(matrix, n, inverting, threads, monitor, merges);
  } else {
    run_matrix_rounds(matrix, n, reducible(linkage), threads, monitor, merges);
  }
}

// `fill` writes the distances into the matrix; `squared`: their squares.
template <class T, class Fill>
void run_on_matrix(std::size_t n, Linkage linkage, bool squared, std::size_t threads, Monitor& monitor,
                   double* out, Fill&& fill) {
  MergeList merges(n);
  if (n > 1) {
    SquareMatrix<T> matrix(n);
    fill(matrix);
    run_linkage(matrix, n, linkage, threads, monitor, merges);
  }
  if (squared) merges.take_roots();
  if (is_inverting(linkage)) {
    merges.write_in_order(out);
  } else {
    merges.make_monotone();
    merges.write_sorted(out);
  }
  monitor.progress(1);
}

template <class Fill>
void run_in_precision(Precision precision, std::size_t n, Linkage linkage, bool squared, std::size_t threads,
                      Monitor& monitor, double* out, Fill&& fill) {
  if (precision == Precision::kFloat64 || is_quadratic(linkage)) {
    run_on_matrix<double>(n, linkage, squared, threads, monitor, out, fill);
  } else {
    run_on_matrix<float>(n, linkage, squared, threads, monitor, out, fill);
  }
}

// Where Ward's method takes the matrix of distances, which is then no larger than the points in float64. The
// points' distances are computed once instead of some four times; and where many of them are equal, which
// makes most searches be in vain, there are no more searches of O(n d).
bool ward_by_matrix(std::size_t rows, std::size_t cols) {
  return rows <= 2 * cols;
}

void check_rows(std::size_t n) {
  if (n == 0) throw std::invalid_argument("a linkage needs at least one row");
  if (n >= kMaxLinkageRows) throw std::invalid_argument("a linkage takes fewer than 2^31 rows");
}

}  // namespace

bool needs_matrix(Linkage linkage, bool from_points) {
  return !from_points || (linkage != Linkage::kWard && linkage != Linkage::kSingle);
}

double linkage_memory(Linkage linkage, Precision precision, bool from_points, std::size_t rows,
                      std::size_t cols) {
  const auto n = static_cast<double>(rows);
  const auto d = static_cast<double>(cols);
  const bool float64 = precision == Precision::kFloat64 || is_quadratic(linkage);
  const double number = float64 ? 8 : 4;
  const double bookkeeping = 100 * n;
  const double points = from_points ? 16 * n * d : 0;
  const bool matrix =
      needs_matrix(linkage, from_points) || (linkage == Linkage::kWard && ward_by_matrix(rows, cols));
  return bookkeeping + points + (matrix ? n * (n + 48) * number : 0);
}

void linkage_of_points(ConstMatrix32 x, Linkage linkage, PointMetric metric, Precision precision,
                       std::size_t threads, Monitor& monitor, double* out) {
  check_rows(x.rows);
  const std::size_t resolved = resolve_threads(threads);
  if (is_quadratic(linkage) && metric != PointMetric::kEuclidean) {
    throw std::invalid_argument("ward, centroid and median linkage need the Euclidean metric");
  }
  if (linkage == Linkage::kWard && !ward_by_matrix(x.rows, x.cols)) {
    return ward_linkage(x, threads, monitor, out);
  }
  check_finite(x, "X", resolved);
  if (linkage == Linkage::kSingle) {
    MergeList merges(x.rows);
    if (x.rows > 1) single_linkage(x, metric, resolved, monitor, merges);
    merges.write_sorted(out);
    monitor.progress(1);
    return;
  }
  const PointMetric stored = is_quadratic(linkage) ? PointMetric::kSquaredEuclidean : metric;
  run_in_precision(precision, x.rows, linkage, is_quadratic(linkage), resolved, monitor, out,
                   [&](auto& matrix) { fill_from_points(x, stored, resolved, monitor, matrix); });
}

template <class In>
void linkage_of_distances(const In* distances, DistanceShape shape, std::size_t n, Linkage linkage,
                          Recurrence recurrence, Precision precision, std::size_t threads, Monitor& monitor,
                          double* out) {
  check_rows(n);
  const bool squared = is_quadratic(linkage) && recurrence == Recurrence::kEuclidean;
  const std::size_t resolved = resolve_threads(threads);
  run_in_precision(precision, n, linkage, squared, resolved, monitor, out, [&](auto& matrix) {
    if (shape == DistanceShape::kSquare) {
      fill_from_square(distances, n, squared, resolved, monitor, matrix);
    } else {
      fill_from_condensed(distances, n, squared, resolved, monitor, matrix);
    }
  });
}

template void linkage_of_distances(const float*, DistanceShape, std::size_t, Linkage, Recurrence, Precision,
                                   std::size_t, Monitor&, double*);
template void linkage_of_distances(const double*, DistanceShape, std::size_t, Linkage, Recurrence, Precision,
                                   std::size_t, Monitor&, double*);

}  // namespace god
