// What operators cost while they are measured, see nx_operator_times_start.
#pragma once

#include <ATen/record_function.h>

#include <optional>
#include <string>
#include <vector>

namespace nx {

// libtorch calls the kernels of the oneDNN Graph fuser by numbers. While this lives, the calling
// thread runs code whose kernels are, in that order, `parts`, and a measurement or a profile learns
// which is which. It learns nothing where other kernels run than these, as where an input's shape
// is new.
class FusedParts {
 public:
  explicit FusedParts(const std::vector<std::string>& parts);
  ~FusedParts();
  FusedParts(const FusedParts&) = delete;
  FusedParts& operator=(const FusedParts&) = delete;

 private:
  const std::vector<std::string>& parts_;
  std::optional<at::RecordFunction> range_;  // by which a profile learns it
};

}  // namespace nx
