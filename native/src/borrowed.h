// Memory of the caller's under a tensor: how it is told apart, lent to a call and kept from
// escaping.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "narthex.h"

namespace nx {

// A row-major tensor over the caller's memory, without copy.
at::Tensor wrap_borrowed(void* data, size_t byte_length, at::IntArrayRef sizes,
                         at::ScalarType type);

// Whether the tensor's storage is the caller's memory.
bool is_borrowed(const at::Tensor& tensor) noexcept;

// For what modules and traces keep: the tensor itself, or a copy where its memory is borrowed or it
// is an inference tensor (gradient mode refuses those).
at::Tensor keepable(const at::Tensor& tensor);

// Lends borrowed tensors to a model for one call. Each is passed as a fresh storage over the same
// memory. Whatever still holds that storage when the call has ended (a result, the model's state)
// is given a copy of its own, so that borrowed memory never outlives the call, while the caller's
// own tensors go on viewing it.
class Loan {
 public:
  // For a call in that mode, NX_MODE_*.
  explicit Loan(int32_t grad_mode) : inference_(grad_mode == NX_MODE_INFERENCE) {}

  // What to pass to the model for this tensor.
  at::Tensor lend(const at::Tensor& tensor);

  // Call when the call's stack is gone and its results are held elsewhere.
  void settle();

 private:
  bool inference_;
  // Storages, not tensors: a model can give the tensor it was lent another storage (set_).
  std::vector<c10::Storage> lent_;
};

}  // namespace nx
