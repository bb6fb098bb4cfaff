#include "tsne/interpolation_grid.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"

namespace god {
namespace {

constexpr double kTau = 6.283185307179586477;
constexpr std::size_t kLanes = kFftLanes;

// Falls from 1 to 0 over the margin, so that the kernel ends smoothly before it would wrap around.
double taper(std::size_t lag, std::size_t nodes) {
  const std::size_t left = nodes - lag;
  if (left >= FieldGrid::kMargin) return 1;
  return 0.5 - 0.5 * std::cos(kTau / 2 * static_cast<double>(left) / FieldGrid::kMargin);
}

}  // namespace

// Appends the splines' transforms at each frequency, in the plan's order. `scale` is multiplied into them: it
// makes up for the factors that a forward and an inverse transform leave out.
void FieldGrid::add_splines(const FftPlan& plan, double shift, double scale, std::vector<Splines>& out) {
  for (std::size_t place = 0; place < plan.length(); place++) {
    const double w =
        kTau * (static_cast<double>(plan.frequency(place)) + shift) / static_cast<double>(plan.length());
    // Sums over whole numbers m of B(m) cos(m w), for the B-splines of degrees 3 and 7.
    const double cubic = (4 + 2 * std::cos(w)) / 6;
    const double septic = (2416 + 2 * (1191 * std::cos(w) + 120 * std::cos(2 * w) + std::cos(3 * w))) / 5040;
    out.push_back({scale / (cubic * cubic), septic});
  }
}

FieldGrid::FieldGrid(std::size_t threads) : threads_(std::max<std::size_t>(1, threads)) {}

void FieldGrid::resize(std::size_t nx, std::size_t ny, double spacing) {
  if (nx == nx_ && ny == ny_ && spacing == spacing_) return;
  const bool same_size = nx == nx_ && ny == ny_;
  nx_ = nx;
  ny_ = ny;
  spacing_ = spacing;
  if (!same_size) make_plans();
  make_kernel();
}

void FieldGrid::make_plans() {
  along_x_ = std::make_unique<FftPlan>(nx_);
  along_y_ = std::make_unique<FftPlan>(ny_);
  quarter_ = along_x_->rotation(0.25);
  half_ = along_y_->rotation(0.5);
  // The factor 2: the kernel is sampled on one side, and its two-sided transform is twice the one-sided one.
  splines_x_.clear();
  splines_y_.clear();
  add_splines(*along_x_, 0.25, 2 / static_cast<double>(nx_), splines_x_);
  for (const double shift : {0.0, 0.5})
    add_splines(*along_y_, shift, 1 / static_cast<double>(ny_), splines_y_);
  columns_.resize(nx_ / kLanes * ny_);
  kernel_.resize(nx_ / kLanes * 2 * ny_);
  field_.resize(nx_ * stride() / kLanes);
  scratch_length_ = std::max(nx_, ny_);
  scratch_.resize(threads_ * scratch_length_);
}

// Samples the kernel minus its value at the far corner: far fields are close to that value, and float32 would
// lose their digits. Lag 0 counts half, because twice the real part of the one-sided transform is the
// two-sided transform.
void FieldGrid::sample_band(std::size_t band, ComplexLanes* rows) const {
  const double squared = spacing_ * spacing_;
  const auto square = [&](std::size_t lag) {
    return squared * static_cast<double>(lag) * static_cast<double>(lag);
  };
  const double farthest = square(nx_) + square(ny_);
  for (std::size_t x = 0; x < nx_; x++) {
    const double weight_x = taper(x, nx_) * (x == 0 ? 0.5 : 1) / (1 + farthest);
    for (std::size_t l = 0; l < kLanes; l++) {
      const std::size_t y = band * kBand + l;
      const double r2 = square(x) + square(y);
      const double weight = weight_x * taper(y, ny_) * (y == 0 ? 0.5 : 1);
      rows[x].re.at[l] = static_cast<float>(weight * (farthest - r2) / (1 + r2));
    }
  }
}

void FieldGrid::make_kernel() {
  offset_ = 1 / (1 + spacing_ * spacing_ * (static_cast<double>(nx_ * nx_) + static_cast<double>(ny_ * ny_)));
  parallel_for(threads_, bands(), [&](std::size_t band, std::size_t worker) {
    sample_band(band, rows(worker));
    put(band, worker);
  });
  std::vector<double> selves(nx_ / kLanes);
  parallel_for(threads_, selves.size(), [&](std::size_t block, std::size_t worker) {
    selves[block] = transform_kernel(block, rows(worker));
  });
  self_ = offset_ + std::accumulate(selves.begin(), selves.end(), 0.0);
}

// Returns the block's share of the field that a charge exerts on itself. Spreading and interpolating apply a
// cubic spline each; together they are a septic one.
double FieldGrid::transform_kernel(std::size_t block, ComplexLanes* column) {
  ComplexLanes* all = &columns_[block * ny_];
  for (std::size_t y = 0; y < ny_; y++) all[y].im = RealLanes{};
  const Splines* splines_x = &splines_x_[block * kLanes];
  double self = 0;
  for (const std::size_t shift : {0, 1}) {
    std::copy_n(all, ny_, column);
    if (shift == 1) fft_simd().rotate_real(half_.data(), ny_, column);
    fft_simd().forward(along_y_->view(), column);
    RealLanes* out = factors(block, shift);
    for (std::size_t y = 0; y < ny_; y++) {
      const Splines& along_y = splines_y_[shift * ny_ + y];
      for (std::size_t l = 0; l < kLanes; l++) {
        const double factor =
            static_cast<double>(column[y].re.at[l]) * splines_x[l].inverse_square * along_y.inverse_square;
        out[y].at[l] = static_cast<float>(factor);
        self += factor * splines_x[l].septic * along_y.septic;
      }
    }
  }
  return self;
}

void FieldGrid::put(std::size_t band, std::size_t worker) {
  ComplexLanes* line = rows(worker);
  fft_simd().rotate_real(quarter_.data(), nx_, line);
  fft_simd().forward(along_x_->view(), line);
  for (std::size_t block = 0; block < nx_ / kLanes; block++) {
    fft_simd().transpose(line + block * kLanes, &columns_[block * ny_ + band * kBand]);
  }
}

void FieldGrid::convolve() {
  parallel_for(threads_, nx_ / kLanes,
               [&](std::size_t block, std::size_t worker) { convolve_columns(block, rows(worker)); });
  parallel_for(threads_, bands(), [&](std::size_t band, std::size_t worker) { take(band, worker); });
}

void FieldGrid::convolve_columns(std::size_t block, ComplexLanes* column) {
  const FftSimd& simd = fft_simd();
  const FftView plan = along_y_->view();
  ComplexLanes* all = &columns_[block * ny_];
  simd.rotate(half_.data(), ny_, all, column);
  for (const std::size_t shift : {0, 1}) {
    ComplexLanes* data = shift == 0 ? all : column;
    simd.forward(plan, data);
    simd.multiply(factors(block, shift), ny_, data);
    simd.inverse(plan, data);
  }
  simd.add_rotated_back(half_.data(), ny_, column, all);
}

void FieldGrid::take(std::size_t band, std::size_t worker) {
  ComplexLanes* line = rows(worker);
  for (std::size_t block = 0; block < nx_ / kLanes; block++) {
    fft_simd().transpose(&columns_[block * ny_ + band * kBand], line + block * kLanes);
  }
  fft_simd().inverse(along_x_->view(), line);
  fft_simd().real_rotated_back(quarter_.data(), nx_, line, field_[band].at, stride());
}

}  // namespace god
