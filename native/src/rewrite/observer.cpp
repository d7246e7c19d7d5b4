#include "rewrite/observer.h"

#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <vector>

#include "error.h"

namespace nx {
namespace {

// Where what stands in the state.
enum StateSlot : int64_t { kCount, kMin, kMax, kNotFinite, kRank, kType, kWidth, kBins };

constexpr int64_t kHalf = 4096;  // bins for numbers below zero, and as many for those above
constexpr double kNothing = -1;
constexpr double kMixed = -2;

// The values of a dense tensor, in whatever order.
at::Tensor dense(const at::Tensor& tensor) {
  const at::Tensor numbers = tensor.detach().to(at::kFloat);
  return numbers.is_non_overlapping_and_dense() ? numbers : numbers.contiguous();
}

struct Range {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
  int64_t not_finite = 0;
};

Range range_of(const float* values, int64_t count) {
  Range range;
  for (int64_t i = 0; i < count; ++i) {
    const float value = values[i];
    if (!std::isfinite(value)) {
      ++range.not_finite;
      continue;
    }
    range.min = std::min(range.min, value);
    range.max = std::max(range.max, value);
  }
  return range;
}

// Makes each bin twice as wide. Zero stays a border.
void widen(double* state) {
  std::vector<double> wide(2 * kHalf, 0);
  for (int64_t i = 0; i < 2 * kHalf; ++i) wide[(i + kHalf) / 2] += state[kBins + i];
  std::copy(wide.begin(), wide.end(), state + kBins);
  state[kWidth] *= 2;
}

// Zeros are not counted: they are exact whatever the scale.
void count(const float* values, int64_t size, double largest, double* state) {
  if (largest == 0) return;
  constexpr double kLeast = 1e-30;
  if (state[kWidth] == 0) state[kWidth] = std::max(largest / kHalf, kLeast);
  while (largest > state[kWidth] * kHalf) widen(state);
  const double per_width = 1 / state[kWidth];
  for (int64_t i = 0; i < size; ++i) {
    if (values[i] == 0 || !std::isfinite(values[i])) continue;
    const auto bin = static_cast<int64_t>(values[i] * per_width + kHalf);
    state[kBins + std::clamp<int64_t>(bin, 0, 2 * kHalf - 1)] += 1;
  }
}

void note(double& slot, double value) { slot = slot == kNothing || slot == value ? value : kMixed; }

void observe(const at::Tensor& tensor, double* state, bool has_bins) {
  if (!tensor.is_floating_point() || tensor.numel() == 0) return;
  const at::Tensor numbers = dense(tensor);
  const auto* values = numbers.const_data_ptr<float>();
  const Range range = range_of(values, numbers.numel());
  note(state[kRank], static_cast<double>(tensor.dim()));
  note(state[kType], static_cast<double>(tensor.scalar_type()));
  state[kCount] += static_cast<double>(numbers.numel());
  state[kNotFinite] += static_cast<double>(range.not_finite);
  state[kMin] = std::min(state[kMin], static_cast<double>(range.min));
  state[kMax] = std::max(state[kMax], static_cast<double>(range.max));
  const double largest = std::max(-range.min, range.max);
  if (has_bins && std::isfinite(largest)) count(values, numbers.numel(), largest, state);
}

void observe(torch::jit::Stack& stack) {
  at::Tensor state = torch::jit::pop(stack).toTensor();
  const at::Tensor tensor = torch::jit::pop(stack).toTensor();
  observe(tensor, state.mutable_data_ptr<double>(), state.numel() > kBins);
}

void register_observer() {
  static std::once_flag once;
  std::call_once(once, [] {
    torch::jit::registerOperator(torch::jit::Operator(
        "narthex::observe(Tensor x, Tensor(a!) state) -> ()",
        [](torch::jit::Stack& stack) { observe(stack); }, c10::AliasAnalysisKind::FROM_SCHEMA));
  });
}

// The histogram, summed up so that the error of any range is known at once.
class Histogram {
 public:
  explicit Histogram(const double* state) : width_(state[kWidth]) {
    sums_.reserve(2 * kHalf + 1);
    sums_.push_back({0, 0, 0});
    for (int64_t i = 0; i < 2 * kHalf; ++i) {
      const double value = (static_cast<double>(i - kHalf) + 0.5) * width_;
      const double n = state[kBins + i];
      const Moments& last = sums_.back();
      sums_.push_back({last[0] + n, last[1] + n * value, last[2] + n * value * value});
    }
  }

  // The sum of squares of what is lost by integers from 0 to `levels` that stand for this range.
  double error(double low, double high, int64_t levels) const {
    const double step = (high - low) / static_cast<double>(levels);
    const size_t from = bin(low);
    const size_t to = bin(high);
    const double inside = sums_[to][0] - sums_[from][0];
    return inside * step * step / 12 + distance(0, from, low) + distance(to, 2 * kHalf, high);
  }

 private:
  using Moments = std::array<double, 3>;

  size_t bin(double value) const {
    return static_cast<size_t>(
        std::clamp<double>(std::round(value / width_) + kHalf, 0, 2 * kHalf));
  }

  // Of the numbers in those bins to one.
  double distance(size_t from, size_t to, double value) const {
    const double n = sums_[to][0] - sums_[from][0];
    const double sum = sums_[to][1] - sums_[from][1];
    const double squares = sums_[to][2] - sums_[from][2];
    return std::max(0.0, squares - 2 * value * sum + n * value * value);
  }

  double width_;
  std::vector<Moments> sums_;
};

// Tries ends at each hundredth of the whole range.
std::pair<double, double> best_range(const double* state, double min, double max, int64_t levels) {
  constexpr int kSteps = 100;
  const Histogram histogram(state);
  double least = std::numeric_limits<double>::infinity();
  std::pair<double, double> best{min, max};
  for (int i = min < 0 ? kSteps : 0; i >= 0; --i) {
    const double low = min * i / kSteps;
    for (int j = max > 0 ? kSteps : 0; j >= 0; --j) {
      const double high = max * j / kSteps;
      if (high <= low) continue;
      const double error = histogram.error(low, high, levels);
      if (error < least) {
        least = error;
        best = {low, high};
      }
    }
  }
  return best;
}

}  // namespace

at::Tensor new_observer(const std::string& kind) {
  register_observer();
  if (kind != "min-max" && kind != "histogram")
    invalid_argument("expected the observer min-max or histogram, got '" + kind + "'");
  at::Tensor state = at::zeros({kind == "histogram" ? kBins + 2 * kHalf : kBins}, at::kDouble);
  auto* slots = state.mutable_data_ptr<double>();
  slots[kMin] = std::numeric_limits<double>::infinity();
  slots[kMax] = -std::numeric_limits<double>::infinity();
  slots[kRank] = kNothing;
  slots[kType] = kNothing;
  return state;
}

bool Observed::is_float() const { return at(kType) == static_cast<double>(at::kFloat); }

Scale Observed::scale(int64_t levels) const {
  // Zero must be exact: borders of images and relu are made of it.
  double low = std::min(0.0, min());
  double high = std::max(0.0, max());
  if (!(high > low)) return {};
  if (state_.numel() > kBins && at(kWidth) > 0)
    std::tie(low, high) = best_range(state_.const_data_ptr<double>(), low, high, levels);
  constexpr double kLeast = 1e-9;
  const double scale = std::max((high - low) / static_cast<double>(levels), kLeast);
  const auto zero_point = static_cast<int64_t>(std::nearbyint(-low / scale));
  return {static_cast<double>(static_cast<float>(scale)),
          std::clamp<int64_t>(zero_point, 0, levels)};
}

}  // namespace nx
