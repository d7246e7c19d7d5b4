// Tensors of the device as others see them.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <functional>
#include <vector>

namespace pretend {

inline bool on_device(const at::Tensor& tensor) {
  return tensor.defined() && tensor.is_privateuseone();
}

// The tensor's memory as a tensor of the CPU's, which does not own it: for a task.
at::Tensor cpu_view(const at::Tensor& tensor);

// A copy of a tensor of the CPU's.
at::Tensor snapshot(const at::Tensor& tensor);

// Tensors of the same shape, strides and dtype: on the meta device, and of zeros on the CPU.
at::Tensor meta_like(const at::Tensor& tensor);
at::Tensor zeros_like(const at::Tensor& tensor);

// The value with each of its tensors, also those in lists, replaced.
c10::IValue map_tensors(const c10::IValue& value,
                        const std::function<at::Tensor(const at::Tensor&)>& map);
// Its tensors that are defined.
std::vector<at::Tensor> tensors_of(const c10::IValue& value);

}  // namespace pretend
