// Calls that do without the dispatcher's boxes.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <memory>

namespace nx {

// Packing arguments and results into IValues takes a fifth of the time of a small operator. The
// signatures that most of them have need none: they take tensors, change none, and return one.
class TypedCall {
 public:
  TypedCall() = default;
  TypedCall(const TypedCall&) = delete;
  TypedCall& operator=(const TypedCall&) = delete;
  virtual ~TypedCall() = default;

  // For operators that have such a signature; else null.
  static std::unique_ptr<const TypedCall> find(const c10::OperatorHandle& op);

  // How many tensors it takes: one or two.
  [[nodiscard]] virtual int64_t count() const noexcept = 0;

  // Calls the operator; `second` is null for one that takes one tensor.
  [[nodiscard]] virtual at::Tensor run(const at::Tensor& first, const at::Tensor* second) const = 0;
};

}  // namespace nx
