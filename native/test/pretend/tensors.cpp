#include "tensors.h"

#include <ATen/EmptyTensor.h>
#include <ATen/Functions.h>

#include <optional>
#include <utility>

namespace pretend {

namespace {

// What decides, beside shape and dtype, what an operator makes of a tensor.
at::Tensor with_flags_of(const at::Tensor& tensor, at::Tensor result) {
  if (tensor.is_conj()) result._set_conj(true);
  if (tensor.is_neg()) result._set_neg(true);
  if (tensor.unsafeGetTensorImpl()->is_wrapped_number())
    result.unsafeGetTensorImpl()->set_wrapped_number(true);
  return result;
}

at::TensorOptions options_on(const at::Tensor& tensor, c10::DeviceType device) {
  return tensor.options().device(device).requires_grad(false);
}

}  // namespace

at::Tensor cpu_view(const at::Tensor& tensor) {
  return with_flags_of(tensor, at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(),
                                             options_on(tensor, at::kCPU)));
}

at::Tensor snapshot(const at::Tensor& tensor) {
  at::Tensor copy = tensor.clone();
  if (tensor.unsafeGetTensorImpl()->is_wrapped_number())
    copy.unsafeGetTensorImpl()->set_wrapped_number(true);
  return copy;
}

at::Tensor meta_like(const at::Tensor& tensor) {
  const size_t bytes = at::detail::computeStorageNbytes(
      tensor.sizes(), tensor.strides(), tensor.element_size(), tensor.storage_offset());
  const auto elements = static_cast<int64_t>(bytes / tensor.element_size());
  return with_flags_of(tensor,
                       at::empty({elements}, options_on(tensor, at::kMeta))
                           .as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset()));
}

at::Tensor zeros_like(const at::Tensor& tensor) {
  return with_flags_of(
      tensor,
      at::empty_strided(tensor.sizes(), tensor.strides(), options_on(tensor, at::kCPU)).zero_());
}

c10::IValue map_tensors(const c10::IValue& value,
                        const std::function<at::Tensor(const at::Tensor&)>& map) {
  if (value.isTensor()) return value.toTensor().defined() ? map(value.toTensor()) : value;
  if (value.isTensorList()) {
    c10::List<at::Tensor> mapped;
    for (const at::Tensor& tensor : value.toTensorVector())
      mapped.push_back(tensor.defined() ? map(tensor) : tensor);
    return mapped;
  }
  if (value.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> mapped;
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
      mapped.push_back(tensor && tensor->defined() ? std::optional(map(*tensor)) : tensor);
    return mapped;
  }
  return value;
}

std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
  std::vector<at::Tensor> tensors;
  map_tensors(value, [&](const at::Tensor& tensor) {
    tensors.push_back(tensor);
    return tensor;
  });
  return tensors;
}

}  // namespace pretend
