// What the opaque handles of narthex.h hold, and how living ones are counted.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <memory>
#include <utility>

#include "error.h"
#include "stream.h"
#include "typed_call.h"

struct nx_tensor {
  at::Tensor tensor;
  std::shared_ptr<const nx::Pending> pending;  // null where nothing is to be waited for
};

struct nx_operator {
  c10::OperatorHandle handle;
  std::string schema;
  std::unique_ptr<const nx::TypedCall> typed;  // null for most
};

struct nx_generator {
  at::Generator generator;
};

namespace nx {

void count_handle(int32_t kind, int64_t change) noexcept;

inline nx_tensor* new_handle(at::Tensor tensor, std::shared_ptr<const Pending> pending) {
  auto* handle = new nx_tensor{std::move(tensor), std::move(pending)};
  count_handle(NX_HANDLE_TENSOR, +1);
  return handle;
}

// For what was made on the current stream of its device.
inline nx_tensor* new_handle(at::Tensor tensor) {
  std::shared_ptr<const Pending> pending =
      tensor.defined() && !tensor.is_cpu() ? Pending::of_current(tensor.device()) : nullptr;
  return new_handle(std::move(tensor), std::move(pending));
}

inline void require_not_null(const void* pointer, const char* what) {
  if (pointer == nullptr) invalid_argument(std::string(what) + " is NULL");
}

template <class T>
const T& require(const T* pointer, const char* what) {
  require_not_null(pointer, what);
  return *pointer;
}

// The tensor of a handle, for use on the current stream of its device.
inline const at::Tensor& tensor_of(const nx_tensor* handle, const char* what) {
  require_not_null(handle, what);
  if (handle->pending) handle->pending->settle(handle->tensor);
  return handle->tensor;
}

inline std::string text(const char* bytes, const char* what) { return &require(bytes, what); }

inline void require_length(const void* pointer, int64_t length, const char* what) {
  if (length < 0 || (length > 0 && pointer == nullptr))
    invalid_argument(std::string(what) + ": no array of that length");
}

}  // namespace nx
