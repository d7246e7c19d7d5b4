#include "tensors.h"

#include <ATen/EmptyTensor.h>
#include <ATen/Functions.h>

#include <optional>
#include <utility>

namespace pretend {

at::Tensor cpu_view(const at::Tensor& tensor) {
  at::Tensor view = at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(),
                                  tensor.options().device(at::kCPU).requires_grad(false));
  if (tensor.is_conj()) view._set_conj(true);
  if (tensor.is_neg()) view._set_neg(true);
  return view;
}

at::Tensor meta_like(const at::Tensor& tensor) {
  const int64_t size = tensor.storage_offset() * tensor.element_size() +
                       static_cast<int64_t>(at::detail::computeStorageNbytes(
                           tensor.sizes(), tensor.strides(), tensor.element_size()));
  const int64_t elements = size / static_cast<int64_t>(tensor.element_size());
  return at::empty({elements}, tensor.options().device(at::kMeta).requires_grad(false))
      .as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

at::Tensor zeros_like(const at::Tensor& tensor) {
  return at::empty_strided(tensor.sizes(), tensor.strides(),
                           tensor.options().device(at::kCPU).requires_grad(false))
      .zero_();
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
