#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "agglomerative/linkage.hpp"
#include "base/random.hpp"
#include "support.hpp"

using god::DistanceShape;
using god::Linkage;
using god::PointMetric;
using god::Precision;

using test::difference;
using test::normal_points;
using test::Points;

namespace {

constexpr Linkage kAll[] = {Linkage::kSingle, Linkage::kComplete, Linkage::kAverage, Linkage::kWeighted,
                            Linkage::kWard,   Linkage::kCentroid, Linkage::kMedian};
constexpr PointMetric kMetrics[] = {PointMetric::kEuclidean, PointMetric::kCosine, PointMetric::kCityblock,
                                    PointMetric::kChebyshev};

bool is_squared(Linkage linkage) {
  return linkage == Linkage::kWard || linkage == Linkage::kCentroid || linkage == Linkage::kMedian;
}

double distance(const Points& x, std::size_t i, std::size_t j, PointMetric metric) {
  double squares = 0, magnitudes = 0, largest = 0;
  long double dot = 0, a = 0, b = 0;  // 1 - cos cancels
  for (std::size_t k = 0; k < x.cols; k++) {
    const double p = x.data[i * x.cols + k];
    const double q = x.data[j * x.cols + k];
    squares += (p - q) * (p - q);
    magnitudes += std::fabs(p - q);
    largest = std::max(largest, std::fabs(p - q));
    dot += static_cast<long double>(p) * q;
    a += static_cast<long double>(p) * p;
    b += static_cast<long double>(q) * q;
  }
  switch (metric) {
    case PointMetric::kCosine:
      if (a == 0 || b == 0) return a == b ? 0 : 1;
      return static_cast<double>(1 - dot / std::sqrt(a * b));
    case PointMetric::kCityblock:
      return magnitudes;
    case PointMetric::kChebyshev:
      return largest;
    default:
      return std::sqrt(squares);
  }
}

std::vector<double> distances(const Points& x, PointMetric metric) {
  std::vector<double> square(x.rows * x.rows, 0.0);
  for (std::size_t i = 0; i < x.rows; i++) {
    for (std::size_t j = 0; j < x.rows; j++) {
      if (i != j) square[i * x.rows + j] = distance(x, std::min(i, j), std::max(i, j), metric);
    }
  }
  return square;
}

// Lance and Williams' recurrences (1967) as Muellner (2011) tabulates them.
double recurrence(Linkage linkage, double ak, double bk, double ab, double a, double b, double k) {
  switch (linkage) {
    case Linkage::kSingle:
      return std::min(ak, bk);
    case Linkage::kComplete:
      return std::max(ak, bk);
    case Linkage::kAverage:
      return (a * ak + b * bk) / (a + b);
    case Linkage::kWeighted:
      return (ak + bk) / 2;
    case Linkage::kWard:
      return ((a + k) * ak + (b + k) * bk - k * ab) / (a + b + k);
    case Linkage::kCentroid:
      return (a * ak + b * bk) / (a + b) - a * b * ab / ((a + b) * (a + b));
    case Linkage::kMedian:
      return ak / 2 + bk / 2 - ab / 4;
  }
  return NAN;
}

// The definition, in O(n^3): merges the closest pair, ties to the lowest rows.
std::vector<double> greedy(std::vector<double> d, std::size_t n, Linkage linkage) {
  if (is_squared(linkage)) {
    for (double& value : d) value *= value;
  }
  std::vector<double> out, size(n, 1.0);
  std::vector<std::size_t> label(n), live(n);
  for (std::size_t i = 0; i < n; i++) label[i] = live[i] = i;
  while (live.size() > 1) {
    std::size_t a = live[0], b = live[1];
    for (const std::size_t i : live) {
      for (const std::size_t j : live) {
        if (i < j && d[i * n + j] < d[a * n + b]) a = i, b = j;
      }
    }
    const double between = d[a * n + b];
    out.insert(
        out.end(),
        {static_cast<double>(std::min(label[a], label[b])), static_cast<double>(std::max(label[a], label[b])),
         is_squared(linkage) ? std::sqrt(std::max(between, 0.0)) : between, size[a] + size[b]});
    live.erase(std::find(live.begin(), live.end(), b));
    for (const std::size_t k : live) {
      if (k == a) continue;
      d[a * n + k] = d[k * n + a] =
          recurrence(linkage, d[a * n + k], d[b * n + k], between, size[a], size[b], size[k]);
    }
    size[a] += size[b];
    label[a] = n + out.size() / 4 - 1;
  }
  return out;
}

std::vector<double> of_points(const Points& x, Linkage linkage, PointMetric metric,
                              Precision precision = Precision::kFloat64, std::size_t threads = 2) {
  std::vector<double> out((x.rows - 1) * 4);
  god::Monitor monitor;
  god::linkage_of_points(x.view(), linkage, metric, precision, {threads, monitor}, out.data());
  return out;
}

template <class In>
std::vector<double> of_distances(const std::vector<In>& d, DistanceShape shape, std::size_t n,
                                 Linkage linkage, Precision precision = Precision::kFloat64,
                                 std::size_t threads = 2) {
  std::vector<double> out((n - 1) * 4);
  god::Monitor monitor;
  god::linkage_of_distances(d.data(), shape, n, linkage, god::Recurrence::kEuclidean, precision,
                            {threads, monitor}, out.data());
  return out;
}

std::vector<double> condensed(const std::vector<double>& square, std::size_t n) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; i++)
    out.insert(out.end(), &square[i * n + i + 1], square.data() + (i + 1) * n);
  return out;
}

}  // namespace

TEST_CASE("every linkage of points is the one that merging the closest pair each time gives") {
  for (const Linkage linkage : kAll) {
    for (const PointMetric metric : kMetrics) {
      if (is_squared(linkage) && metric != PointMetric::kEuclidean) continue;
      for (const std::size_t rows : {2, 3, 17, 33, 130}) {
        for (const std::size_t cols : {2, 5, 33}) {
          const Points points = normal_points(rows, cols, rows + cols);
          CAPTURE(static_cast<int>(linkage));
          CAPTURE(static_cast<int>(metric));
          CAPTURE(rows);
          CAPTURE(cols);
          const std::vector<double> expected = greedy(distances(points, metric), rows, linkage);
          CHECK(difference(of_points(points, linkage, metric), expected) <= 1e-9);
        }
      }
    }
  }
}

TEST_CASE("every linkage of distances is the one that merging the closest pair gives, square and condensed") {
  for (const Linkage linkage : kAll) {
    for (const std::size_t rows : {2, 3, 40, 129}) {
      // Uniform numbers, which are not the distances of any points.
      std::vector<double> d(rows * rows, 0.0);
      const god::RandomStream stream(rows, 9);
      for (std::size_t i = 0; i < rows; i++) {
        for (std::size_t j = 0; j < i; j++)
          d[i * rows + j] = d[j * rows + i] = 1 + stream.uniform(i * rows + j);
      }
      CAPTURE(static_cast<int>(linkage));
      CAPTURE(rows);
      const std::vector<double> expected = greedy(d, rows, linkage);
      CHECK(difference(of_distances(d, DistanceShape::kSquare, rows, linkage), expected) <= 1e-9);
      CHECK(difference(of_distances(condensed(d, rows), DistanceShape::kCondensed, rows, linkage),
                       expected) <= 1e-9);
    }
  }
}

TEST_CASE("float32 matrices give heights correct to six digits") {
  const Points points = normal_points(300, 10, 1);
  for (const Linkage linkage : {Linkage::kComplete, Linkage::kAverage, Linkage::kWeighted}) {
    std::vector<double> narrow = of_points(points, linkage, PointMetric::kEuclidean, Precision::kFloat32);
    std::vector<double> wide = of_points(points, linkage, PointMetric::kEuclidean, Precision::kFloat64);
    for (std::size_t i = 2; i < wide.size(); i += 4)
      CHECK(narrow[i] == doctest::Approx(wide[i]).epsilon(2e-6));
  }
}

TEST_CASE("float32 matrices keep six digits at large offsets and over widely different scales") {
  for (std::uint64_t seed = 0; seed < 9; seed++) {
    Points points = normal_points(150, 4 + 10 * seed, 40 + seed);
    const god::RandomStream stream(seed, 5);
    for (std::size_t i = 0; i < points.data.size(); i++) {
      const std::size_t row = i / points.cols;
      float& x = points.data[i];
      if (seed % 3 == 0) x = static_cast<float>(x + 1e6);
      if (seed % 3 == 1) x = static_cast<float>(x + (row % 5 == 0 ? 2e4 : -3e4));
      if (seed % 3 == 2)
        x = static_cast<float>(x * std::pow(10.0, static_cast<double>(stream.below(row, 12)) - 6));
    }
    CAPTURE(seed);
    for (const Linkage linkage : {Linkage::kComplete, Linkage::kAverage, Linkage::kWeighted}) {
      const std::vector<double> narrow =
          of_points(points, linkage, PointMetric::kEuclidean, Precision::kFloat32);
      const std::vector<double> wide =
          of_points(points, linkage, PointMetric::kEuclidean, Precision::kFloat64);
      const std::vector<double> expected = greedy(distances(points, PointMetric::kEuclidean), 150, linkage);
      for (std::size_t i = 2; i < wide.size(); i += 4) {
        CHECK(std::fabs(narrow[i] - expected[i]) <= 4e-6 * expected[i]);
        CHECK(std::fabs(wide[i] - expected[i]) <= 1e-12 * expected[i]);
      }
    }
  }
}

TEST_CASE("ties go to the lowest rows, and equal distances do not take cubic time") {
  std::vector<double> grid(36 * 36);  // city-block distances of a 6 x 6 grid
  for (int i = 0; i < 36; i++) {
    for (int j = 0; j < 36; j++) grid[i * 36 + j] = std::abs(i % 6 - j % 6) + std::abs(i / 6 - j / 6);
  }
  for (const Linkage linkage : {Linkage::kComplete, Linkage::kWeighted}) {
    CAPTURE(static_cast<int>(linkage));
    CHECK(difference(of_distances(grid, DistanceShape::kSquare, 36, linkage), greedy(grid, 36, linkage)) <=
          1e-12);
  }
  constexpr std::size_t kRows = 1500;
  const Points equal{std::vector<float>(kRows * 2, 3.0F), kRows, 2};
  const std::vector<double> ones(kRows * (kRows - 1) / 2, 1.0);
  for (const Linkage linkage : kAll) {
    CAPTURE(static_cast<int>(linkage));
    const std::vector<double> tree = of_points(equal, linkage, PointMetric::kEuclidean);
    CHECK(tree.back() == kRows);
    CHECK(tree[tree.size() - 2] == 0);
    CHECK(of_distances(ones, DistanceShape::kCondensed, kRows, linkage).back() == kRows);
  }
}

TEST_CASE("results are bit-identical for any number of threads") {
  const Points points = normal_points(900, 12, 3);
  for (const Linkage linkage : kAll) {
    for (const Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      const std::vector<double> one = of_points(points, linkage, PointMetric::kEuclidean, precision, 1);
      for (const std::size_t threads : {2, 3, 8}) {
        const std::vector<double> many =
            of_points(points, linkage, PointMetric::kEuclidean, precision, threads);
        CHECK(std::memcmp(one.data(), many.data(), one.size() * sizeof(double)) == 0);
      }
    }
  }
}

TEST_CASE("rows of zeros have cosine distance 0 to each other and 1 to all other rows") {
  const Points points{{0, 0, 1, 2, 2, 4, 0, 0, -1, 3}, 5, 2};
  for (const Linkage linkage : {Linkage::kSingle, Linkage::kComplete, Linkage::kAverage}) {
    const std::vector<double> tree = of_points(points, linkage, PointMetric::kCosine);
    const std::vector<double> expected = greedy(distances(points, PointMetric::kCosine), 5, linkage);
    for (std::size_t i = 2; i < tree.size(); i += 4)
      CHECK(tree[i] == doctest::Approx(expected[i]).epsilon(1e-9).scale(1));
  }
}

TEST_CASE("unusual inputs give a tree or a clear error") {
  for (const Linkage linkage : kAll) {
    CHECK(of_points({{1, 2}, 1, 2}, linkage, PointMetric::kEuclidean).empty());
    CHECK(of_points({{}, 3, 0}, linkage, PointMetric::kEuclidean)[6] == 0);
    CHECK_THROWS_AS(of_points({{1, NAN}, 2, 1}, linkage, PointMetric::kEuclidean), std::invalid_argument);
    const double huge = of_points({{1e30F, -1e30F, 3e38F}, 3, 1}, linkage, PointMetric::kEuclidean)[2];
    CHECK(huge == doctest::Approx(2e30));
    for (const double bad : {-1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
      CHECK_THROWS_AS(of_distances<double>({1, bad, 2}, DistanceShape::kCondensed, 3, linkage),
                      std::invalid_argument);
    }
    CHECK_THROWS_AS(of_distances<double>({0, 1, 2, 0}, DistanceShape::kSquare, 2, linkage),
                    std::invalid_argument);
    CHECK_THROWS_AS(of_distances<double>({1, 1, 1, 1}, DistanceShape::kSquare, 2, linkage),
                    std::invalid_argument);
  }
  CHECK_THROWS_AS(
      of_points({{1e30F, -1e30F}, 2, 1}, Linkage::kAverage, PointMetric::kEuclidean, Precision::kFloat32),
      std::invalid_argument);
  CHECK_THROWS_AS(of_points({{1, 2}, 2, 1}, Linkage::kWard, PointMetric::kCosine), std::invalid_argument);
  god::Monitor monitor;
  monitor.stop();
  const Points points = normal_points(200, 3, 1);
  std::vector<double> out(199 * 4);
  for (const Linkage linkage : kAll) {
    CHECK_THROWS_AS(god::linkage_of_points(points.view(), linkage, PointMetric::kEuclidean,
                                           Precision::kFloat64, {2, monitor}, out.data()),
                    god::Cancelled);
  }
}

TEST_CASE("single linkage handles sizes whose number of pairs overflows 32 bits") {
  constexpr std::size_t kRows = 65537;
  Points line{std::vector<float>(kRows), kRows, 1};
  for (std::size_t i = 0; i < kRows; i++) line.data[i] = static_cast<float>((i * 40503) % kRows);
  const std::vector<double> tree = of_points(line, Linkage::kSingle, PointMetric::kEuclidean);
  for (std::size_t i = 2; i < tree.size(); i += 4) REQUIRE(tree[i] == 1);
  CHECK(tree.back() == kRows);
}

namespace {

// Single linkage by Kruskal's algorithm over all pairs. Clusters that edges of one length connect are joined
// in the order of their lowest rows.
std::vector<double> plain_single(const std::vector<double>& d, std::size_t n) {
  struct Pair {
    double distance;
    std::size_t a, b;
  };
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < n; a++) {
    for (std::size_t b = a + 1; b < n; b++) pairs.push_back({d[a * n + b], a, b});
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& x, const Pair& y) { return x.distance < y.distance; });
  std::vector<std::size_t> lowest(n);
  for (std::size_t i = 0; i < n; i++) lowest[i] = i;
  std::vector<double> out;  // for each merge, its height and the lowest rows of the two parts
  for (std::size_t begin = 0, end; begin < pairs.size(); begin = end) {
    for (end = begin; end < pairs.size() && pairs[end].distance == pairs[begin].distance;) end++;
    const std::vector<std::size_t> before = lowest;
    for (std::size_t p = begin; p < end; p++) {
      const auto [low, high] = std::minmax({lowest[pairs[p].a], lowest[pairs[p].b]});
      for (std::size_t i = 0; i < n; i++) lowest[i] = lowest[i] == high ? low : lowest[i];
    }
    if (lowest == before) continue;
    for (std::size_t whole = 0; whole < n; whole++) {
      for (std::size_t part = whole + 1; part < n; part++) {
        if (before[part] == part && lowest[part] == whole) {
          out.insert(out.end(),
                     {pairs[begin].distance, static_cast<double>(whole), static_cast<double>(part)});
        }
      }
    }
  }
  return out;
}

// The same, read from a linkage matrix.
std::vector<double> joined_rows(const std::vector<double>& tree, std::size_t n) {
  std::vector<double> lowest(n), out;
  for (std::size_t i = 0; i < n; i++) lowest[i] = static_cast<double>(i);
  for (std::size_t k = 0; k < tree.size(); k += 4) {
    const auto [low, high] = std::minmax(
        {lowest[static_cast<std::size_t>(tree[k])], lowest[static_cast<std::size_t>(tree[k + 1])]});
    out.insert(out.end(), {tree[k + 2], low, high});
    lowest.push_back(low);
  }
  return out;
}

void check_single(const Points& points, PointMetric metric) {
  const std::vector<double> expected = plain_single(distances(points, metric), points.rows);
  const std::vector<double> got = joined_rows(of_points(points, Linkage::kSingle, metric), points.rows);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); i++) {
    if (i % 3 == 0) {
      REQUIRE(std::fabs(got[i] - expected[i]) <= 1e-9 * expected[i]);
    } else {
      REQUIRE(got[i] == expected[i]);
    }
  }
}

}  // namespace

TEST_CASE("single linkage's float32 bound holds: near ties, large offsets, widely different scales") {
  for (std::uint64_t seed = 0; seed < 20; seed++) {
    Points points = normal_points(200, 1 + seed * 3, 900 + seed);
    const god::RandomStream stream(seed, 7);
    for (std::size_t i = 0; i < points.data.size(); i++) {
      const std::size_t row = i / points.cols;
      const std::size_t col = i % points.cols;
      float& x = points.data[i];
      switch (seed % 5) {
        case 0:  // blobs a thousand times as far apart as they are wide
          x = static_cast<float>(x * 1e-3 + 30 * stream.normal(row % 7 * points.cols + col));
          break;
        case 1:  // far from the origin
          x = static_cast<float>(x + 1e6);
          break;
        case 2:  // rows of all scales
          x = static_cast<float>(x * std::pow(10.0, static_cast<double>(stream.below(row, 12)) - 6));
          break;
        case 3:  // two clusters so far apart that float32 has few digits left within them
          x = static_cast<float>(x + (row % 2 == 0 ? 3e4 : -3e4));
          break;
        default:  // distances that differ in the sixth digit
          x = static_cast<float>((col == row % points.cols ? 1 : 0) + x * 1e-6 +
                                 3.0 * static_cast<double>(row / points.cols));
      }
    }
    CAPTURE(seed);
    for (const PointMetric metric :
         {PointMetric::kEuclidean, PointMetric::kCityblock, PointMetric::kChebyshev}) {
      CAPTURE(static_cast<int>(metric));
      check_single(points, metric);
    }
  }
}

TEST_CASE("single linkage joins equally near rows in the order of their lowest rows") {
  for (const std::size_t cols : {1, 2, 4}) {
    Points grid{std::vector<float>(200 * cols), 200, cols};
    const god::RandomStream stream(cols, 8);
    for (std::size_t i = 0; i < grid.data.size(); i++) grid.data[i] = static_cast<float>(stream.below(i, 6));
    for (const PointMetric metric :
         {PointMetric::kEuclidean, PointMetric::kCityblock, PointMetric::kChebyshev}) {
      CAPTURE(cols);
      CAPTURE(static_cast<int>(metric));
      check_single(grid, metric);
    }
  }
}

TEST_CASE("Ward's linkage of equally distant rows merges the lowest first, without taking cubic time") {
  for (const std::size_t rows : {90, 1500}) {
    Points corners{std::vector<float>(rows * rows, 0.0F), rows, rows};
    for (std::size_t i = 0; i < rows; i++) corners.data[i * rows + i] = 1;
    const std::vector<double> tree = of_points(corners, Linkage::kWard, PointMetric::kEuclidean);
    // Merging the closest pair, ties to the lowest rows, adds one row after another to the first cluster.
    for (std::size_t k = 0; k + 1 < rows; k++) {
      REQUIRE(tree[4 * k] == (k == 0 ? 0.0 : static_cast<double>(k + 1)));
      REQUIRE(tree[4 * k + 1] == (k == 0 ? 1.0 : static_cast<double>(rows + k - 1)));
      REQUIRE(tree[4 * k + 2] == doctest::Approx(std::sqrt(2.0)).epsilon(1e-12));
    }
  }
}

TEST_CASE(
    "Ward's heights split the total sum of squares for few rows with many columns, which use the matrix") {
  const god::RandomStream stream(3, 11);
  // The matrix is used for up to 2 rows per column, else tiles.
  for (const std::size_t cols : {100, 150, 300}) {
    Points sparse{std::vector<float>(300 * cols, 0.0F), 300, cols};
    for (std::size_t i = 0; i < 900; i++) sparse.data[i / 3 * cols + stream.below(i, cols)] += 1;
    double total = 0;
    for (std::size_t k = 0; k < cols; k++) {
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < 300; i++) {
        sum += sparse.data[i * cols + k];
        squares += sparse.data[i * cols + k] * sparse.data[i * cols + k];
      }
      total += squares - sum * sum / 300;
    }
    const std::vector<double> tree = of_points(sparse, Linkage::kWard, PointMetric::kEuclidean);
    double halves = 0;
    for (std::size_t i = 2; i < tree.size(); i += 4) halves += tree[i] * tree[i] / 2;
    CHECK(halves == doctest::Approx(total).epsilon(1e-9));
  }
}

TEST_CASE("centroid and median linkage are bit-identical when several threads share a merge") {
  const Points points = normal_points(2500, 3, 12);
  for (const Linkage linkage : {Linkage::kCentroid, Linkage::kMedian}) {
    const std::vector<double> one =
        of_points(points, linkage, PointMetric::kEuclidean, Precision::kFloat64, 1);
    const std::vector<double> two =
        of_points(points, linkage, PointMetric::kEuclidean, Precision::kFloat64, 3);
    CHECK(std::memcmp(one.data(), two.data(), one.size() * sizeof(double)) == 0);
  }
}
