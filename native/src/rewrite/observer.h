// Observers: what a model's inner values were like while it ran.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace nx {

// How numbers become 8-bit integers: round(x / scale) + zero_point.
struct Scale {
  double scale = 1;
  int64_t zero_point = 0;
};

// A tensor of float64 in which "narthex::observe" gathers what passes: a module's attribute, so
// that it is copied, saved and freed with the module, and calls of the module take turns. `kind` is
// "min-max" or "histogram".
at::Tensor new_observer(const std::string& kind);

// What an observer has seen.
class Observed {
 public:
  explicit Observed(at::Tensor state) : state_(std::move(state)) {}

  bool is_empty() const { return at(0) == 0; }
  // Whether it was float32, always.
  bool is_float() const;
  bool is_finite() const { return at(3) == 0; }
  // How many dimensions the values had; -1 if that differed, or none came.
  int64_t rank() const { return static_cast<int64_t>(at(4)); }

  // The smallest and the largest finite value.
  double min() const { return at(1); }
  double max() const { return at(2); }

  // For integers from 0 to `levels`: over the whole range, or, of a histogram, over the part of it
  // that brings the least mean square error.
  Scale scale(int64_t levels) const;

 private:
  double at(int64_t index) const { return state_.const_data_ptr<double>()[index]; }

  at::Tensor state_;
};

}  // namespace nx
