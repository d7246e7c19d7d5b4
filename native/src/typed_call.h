// Calls that do without the dispatcher's boxes.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <memory>

#include "narthex.h"

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

  // Whether these arguments need no more than that: tensors only, and no more or fewer than there
  // are parameters without a default.
  [[nodiscard]] bool takes(const nx_value* arguments, int64_t count) const noexcept;

  // Calls the operator with arguments that it takes.
  [[nodiscard]] virtual at::Tensor run(const nx_value* arguments) const = 0;

 private:
  [[nodiscard]] virtual int64_t count() const noexcept = 0;
};

}  // namespace nx
