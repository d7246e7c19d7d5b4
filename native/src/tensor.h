// Tensors' elements, copied out.
#pragma once

#include <ATen/core/Tensor.h>

namespace nx {

// Copies all elements, row-major and converted to `type`, to exactly `byte_length` bytes at `data`.
void read_tensor(const at::Tensor& tensor, at::ScalarType type, void* data, int64_t byte_length);

}  // namespace nx
