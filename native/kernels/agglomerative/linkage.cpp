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

void run_linkage(SquareMatrix<float>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges) {
  run_matrix_rounds(matrix, n, linkage, run, merges);
}

void run_linkage(SquareMatrix<double>& matrix, std::size_t n, Linkage linkage, Run run, MergeList& merges) {
  const auto merge = traits_of(linkage).reducible ? run_matrix_rounds<double> : run_generic;
  merge(matrix, n, linkage, run, merges);
}

// `fill` writes distances into the matrix, or their squares if `squared`.
template <class T, class Fill>
void run_on_matrix(std::size_t n, Linkage linkage, bool squared, Run run, double* out, Fill&& fill) {
  MergeList merges(n);
  if (n > 1) {
    SquareMatrix<T> matrix(n);
    fill(matrix);
    run_linkage(matrix, n, linkage, run, merges);
  }
  if (squared) merges.take_roots();
  if (traits_of(linkage).reducible) {
    merges.make_monotone();
    merges.write_sorted(out);
  } else {
    merges.write_in_order(out);
  }
  run.monitor.progress(1);
}

template <class Fill>
void run_in_precision(Precision precision, std::size_t n, Linkage linkage, bool squared, Run run, double* out,
                      Fill&& fill) {
  if (precision == Precision::kFloat64 || traits_of(linkage).squared) {
    run_on_matrix<double>(n, linkage, squared, run, out, fill);
  } else {
    run_on_matrix<float>(n, linkage, squared, run, out, fill);
  }
}

// Whether Ward's method of points uses a matrix of distances. With this few rows it is at most twice as large
// as the points in float64. Each distance is then computed once instead of about four times. If many
// distances are equal, most searches for neighbors are in vain, and with a matrix each costs O(n) instead of
// O(n d).
bool ward_by_matrix(std::size_t rows, std::size_t cols) {
  return rows <= 2 * cols;
}

}  // namespace

void check_linkage(std::size_t rows, Linkage linkage, PointMetric metric) {
  if (rows == 0) throw std::invalid_argument("a linkage needs at least one row");
  if (rows >= kMaxLinkageRows) throw std::invalid_argument("a linkage takes fewer than 2^31 rows");
  if (traits_of(linkage).squared && metric != PointMetric::kEuclidean) {
    throw std::invalid_argument("ward, centroid and median linkage need the Euclidean metric");
  }
}

bool needs_matrix(Linkage linkage, bool from_points) {
  return !from_points || !traits_of(linkage).linear;
}

double linkage_memory(Linkage linkage, Precision precision, bool from_points, std::size_t rows,
                      std::size_t cols) {
  const auto n = static_cast<double>(rows);
  const auto d = static_cast<double>(cols);
  const bool float64 = precision == Precision::kFloat64 || traits_of(linkage).squared;
  const double number = float64 ? 8 : 4;
  const double bookkeeping = 150 * n;
  const double points = from_points ? 16 * n * d : 0;
  const bool matrix =
      needs_matrix(linkage, from_points) || (linkage == Linkage::kWard && ward_by_matrix(rows, cols));
  return bookkeeping + points + (matrix ? n * (n + 48) * number : 0);
}

void linkage_of_points(ConstMatrix32 x, Linkage linkage, PointMetric metric, Precision precision, Run run,
                       double* out) {
  check_linkage(x.rows, linkage, metric);
  if (linkage == Linkage::kWard && !ward_by_matrix(x.rows, x.cols)) {
    return ward_linkage(x, run, out);
  }
  check_finite(x, "X", run.threads);
  if (linkage == Linkage::kSingle) {
    MergeList merges(x.rows);
    if (x.rows > 1) single_linkage(x, metric, run, merges);
    merges.write_sorted(out);
    run.monitor.progress(1);
    return;
  }
  const PointMetric stored = traits_of(linkage).squared ? PointMetric::kSquaredEuclidean : metric;
  run_in_precision(precision, x.rows, linkage, traits_of(linkage).squared, run, out,
                   [&](auto& matrix) { fill_from_points(x, stored, run, matrix); });
}

template <class In>
void linkage_of_distances(const In* distances, DistanceShape shape, std::size_t n, Linkage linkage,
                          Recurrence recurrence, Precision precision, Run run, double* out) {
  check_linkage(n, linkage, PointMetric::kEuclidean);
  const bool squared = traits_of(linkage).squared && recurrence == Recurrence::kEuclidean;
  run_in_precision(precision, n, linkage, squared, run, out, [&](auto& matrix) {
    if (shape == DistanceShape::kSquare) {
      fill_from_square(distances, n, squared, run, matrix);
    } else {
      fill_from_condensed(distances, n, squared, run, matrix);
    }
  });
}

template void linkage_of_distances(const float*, DistanceShape, std::size_t, Linkage, Recurrence, Precision,
                                   Run, double*);
template void linkage_of_distances(const double*, DistanceShape, std::size_t, Linkage, Recurrence, Precision,
                                   Run, double*);

}  // namespace god
