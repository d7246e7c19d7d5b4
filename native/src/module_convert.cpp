// Converted copies of modules: in another dtype, memory format, or on another device.
#include "device.h"
#include "handles.h"
#include "module_copy.h"
#include "module_tensors.h"
#include "types.h"

nx_error* nx_module_to_dtype(const nx_module* module, int32_t dtype, nx_module** out) noexcept {
  return nx::copy(out, [&] {
    const at::ScalarType type = nx::to_scalar_type(dtype);
    nx::require_reachable(nx::require(module, "module").module, "converted");
    torch::jit::Module result = nx::copy_of(module);
    // Integer tensors are left: libtorch's own Module::to would convert position ids and counters
    // too.
    nx::change_tensors(result, [&](const at::Tensor& tensor) {
      return tensor.is_floating_point() ? tensor.to(type) : tensor;
    });
    return result;
  });
}

nx_error* nx_module_to_format(const nx_module* module, int32_t memory_format,
                              nx_module** out) noexcept {
  return nx::copy(out, [&] {
    const at::MemoryFormat format = nx::to_memory_format(memory_format);
    torch::jit::Module result = nx::copy_of(module);
    nx::change_tensors(result, [&](const at::Tensor& tensor) {
      return nx::applies_to(format, tensor.dim()) ? tensor.contiguous(format) : tensor;
    });
    return result;
  });
}

nx_error* nx_module_to_device(const nx_module* module, int32_t device_type, int32_t device_index,
                              nx_module** out) noexcept {
  return nx::copy(out, [&] {
    const at::Device device = nx::usable_device(device_type, device_index);
    if (!device.is_cpu()) nx::require_reachable(nx::require(module, "module").module, "moved");
    torch::jit::Module result = nx::copy_of(module);
    nx::change_tensors(result, [&](const at::Tensor& tensor) { return tensor.to(device); });
    return result;
  });
}
