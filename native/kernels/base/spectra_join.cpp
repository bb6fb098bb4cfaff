#include "base/spectra_join.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/blas.hpp"
#include "base/lapack.hpp"
#include "base/parallel.hpp"

extern "C" void dlaed2_(int* kept, const int* n, const int* half, double* d, double* q, const int* ldq,
                        int* order, double* rho, double* z, double* poles, double* weights, double* q2,
                        int* index, int* sorted, int* deflated, int* kinds, int* info);
extern "C" void dlaed4_(const int* n, const int* i, const double* poles, const double* weights, double* apart,
                        const double* rho, double* root, int* info);

namespace god {
namespace {

// How many of these a thread computes at a time.
constexpr std::size_t kRoots = 16;
constexpr std::size_t kWeights = 64;
constexpr std::size_t kVectors = 32;

// The problem that deflation leaves: the eigenvalues of diag(poles) + rho weights weights^T.
struct Secular {
  std::size_t kept = 0;  // order of the problem; the deflated eigenpairs are those of the halves
  double rho = 0;
  std::vector<double> poles, weights;  // kept, poles ascending
  std::vector<double> bases;           // eigenvectors of the first half, then of the second
  std::vector<int> sorted;             // the pole of each of these, counted from 1
  std::size_t only_first = 0, both = 0, only_second = 0;  // how many of these have entries in which halves
};

// Leaves the deflated eigenpairs in `h`, after its first `kept`.
Secular deflate(Halves& h) {
  const std::size_t n = h.n;
  const int size = blas_int(n), half = blas_int(h.half);
  std::vector<double> z(n);
  for (std::size_t j = 0; j < n; j++) z[j] = h.vectors[j * n + (j < h.half ? h.half - 1 : h.half)];
  std::vector<int> order(n), index(n), deflated(n), kinds(std::max<std::size_t>(n, 4));
  for (std::size_t j = 0; j < n; j++) order[j] = static_cast<int>(j < h.half ? j : j - h.half) + 1;
  Secular s;
  s.rho = h.joint;
  s.poles.resize(n);
  s.weights.resize(n);
  s.bases.resize(n * n + n);
  s.sorted.resize(n);
  int kept = 0, info = 0;
  dlaed2_(&kept, &size, &half, h.values.data(), h.vectors.data(), &size, order.data(), &s.rho, z.data(),
          s.poles.data(), s.weights.data(), s.bases.data(), index.data(), s.sorted.data(), deflated.data(),
          kinds.data(), &info);
  check_info(info, "dlaed2");
  s.kept = static_cast<std::size_t>(kept);
  if (kept > 0) {
    s.only_first = static_cast<std::size_t>(kinds[0]);
    s.both = static_cast<std::size_t>(kinds[1]);
    s.only_second = static_cast<std::size_t>(kinds[2]);
  }
  return s;
}

// Writes the roots to h.values, and the distances of all poles from root j to column j of h.vectors.
void find_roots(const Secular& s, Halves& h, std::size_t threads) {
  const int kept = blas_int(s.kept);
  parallel_rows(threads, s.kept, kRoots, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    for (std::size_t j = begin; j < end; j++) {
      const int number = static_cast<int>(j) + 1;
      int info = 0;
      dlaed4_(&kept, &number, s.poles.data(), s.weights.data(), &h.vectors[j * h.n], &s.rho, &h.values[j],
              &info);
      check_info(info, "dlaed4");
    }
  });
}

// The weights for which the computed roots are exact (Gu and Eisenstat, eq. 3.3). Eigenvectors computed from
// these are orthogonal to full precision.
std::vector<double> exact_weights(const Secular& s, const Halves& h, std::size_t threads) {
  std::vector<double> exact(s.kept);
  parallel_rows(threads, s.kept, kWeights, [&](std::size_t begin, std::size_t end, std::size_t, std::size_t) {
    for (std::size_t i = begin; i < end; i++) exact[i] = h.vectors[i * h.n + i];
    for (std::size_t j = 0; j < s.kept; j++) {
      const double* apart = &h.vectors[j * h.n];
      const auto multiply = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; i++) exact[i] *= apart[i] / (s.poles[i] - s.poles[j]);
      };
      multiply(begin, std::min(end, std::max(begin, j)));
      multiply(std::max(begin, j + 1), end);
    }
    for (std::size_t i = begin; i < end; i++) exact[i] = std::copysign(std::sqrt(-exact[i]), s.weights[i]);
  });
  return exact;
}

// The unit eigenvector of diag(poles) + rho weights weights^T at root j, in the order of the bases.
void secular_vector(const Secular& s, const std::vector<double>& exact, const double* apart, double* out) {
  double squares = 0;
  for (std::size_t i = 0; i < s.kept; i++) {
    const std::size_t pole = static_cast<std::size_t>(s.sorted[i]) - 1;
    // For one or two poles, dlaed4 returns the vector itself.
    out[i] = s.kept > 2 ? exact[pole] / apart[pole] : apart[pole];
    squares += out[i] * out[i];
  }
  const double norm = std::sqrt(squares);
  for (std::size_t i = 0; i < s.kept; i++) out[i] /= norm;
}

// Writes the whole matrix' eigenvectors of the `count` roots in `wanted`: those of the secular problem times
// the bases.
void whole_vectors(const Secular& s, const Halves& h, const std::vector<double>& exact,
                   const std::size_t* wanted, std::size_t count, std::vector<double>& scratch, double* out) {
  const std::size_t n = h.n, rest = n - h.half;
  const std::size_t in_first = s.only_first + s.both, in_second = s.both + s.only_second;
  scratch.resize(count * s.kept);
  for (std::size_t i = 0; i < count; i++)
    secular_vector(s, exact, &h.vectors[wanted[i] * n], &scratch[i * s.kept]);
  gemm(Transpose::kNo, Transpose::kNo, {count, h.half, in_first}, 1.0, scratch.data(), s.kept, s.bases.data(),
       h.half, 0.0, out, n);
  gemm(Transpose::kNo, Transpose::kNo, {count, rest, in_second}, 1.0, scratch.data() + s.only_first, s.kept,
       s.bases.data() + h.half * in_first, rest, 0.0, out + h.half, n);
}

// The column numbers of h in the order of ascending eigenvalues.
std::vector<std::size_t> by_value(const Halves& h) {
  std::vector<std::size_t> order(h.n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return h.values[a] < h.values[b]; });
  return order;
}

}  // namespace

std::vector<double> join_spectra(Halves h, std::size_t k, double* vectors, std::size_t threads) {
  const std::size_t n = h.n;
  const Secular s = deflate(h);
  find_roots(s, h, threads);
  const std::vector<double> exact = exact_weights(s, h, threads);
  const std::vector<std::size_t> order = by_value(h);
  const std::size_t* wanted = order.data() + (n - k);
  std::vector<std::vector<double>> scratch(std::max<std::size_t>(threads, 1));
  parallel_rows(threads, k, kVectors,
                [&](std::size_t begin, std::size_t end, std::size_t, std::size_t worker) {
                  for (std::size_t i = begin, next = 0; i < end; i = next) {
                    next = i + 1;
                    if (wanted[i] >= s.kept) {  // deflated
                      std::copy_n(&h.vectors[wanted[i] * n], n, vectors + i * n);
                      continue;
                    }
                    while (next < end && wanted[next] < s.kept) next++;
                    whole_vectors(s, h, exact, wanted + i, next - i, scratch[worker], vectors + i * n);
                  }
                });
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; i++) values[i] = h.values[order[i]];
  return values;
}

}  // namespace god
