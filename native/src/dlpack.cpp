// Tensors that are shared with other libraries of the process.
#include <ATen/DLConvertor.h>

#include "borrowed.h"
#include "compute.h"
#include "handles.h"

namespace {

template <class Managed>
Managed& managed(void* pointer) {
  nx::require_not_null(pointer, "managed");
  return *static_cast<Managed*>(pointer);
}

template <class Managed>
void free_managed(void* pointer) noexcept {
  auto* tensor = static_cast<Managed*>(pointer);
  if (tensor != nullptr && tensor->deleter != nullptr) tensor->deleter(tensor);
}

at::Tensor from(void* pointer, bool is_versioned) {
  if (!is_versioned) return at::fromDLPack(&managed<DLManagedTensor>(pointer));
  auto& tensor = managed<DLManagedTensorVersioned>(pointer);
  if (tensor.version.major != DLPACK_MAJOR_VERSION)
    nx::invalid_argument("expected DLPack version " + std::to_string(DLPACK_MAJOR_VERSION) +
                         ", got " + std::to_string(tensor.version.major) + "." +
                         std::to_string(tensor.version.minor));
  if ((tensor.flags & DLPACK_FLAG_BITMASK_READ_ONLY) != 0)
    nx::invalid_argument(
        "the elements are marked as read-only, and a tensor's can be written: copy them instead");
  return at::fromDLPackVersioned(&tensor);
}

}  // namespace

nx_error* nx_tensor_to_dlpack(const nx_tensor* tensor, int32_t versioned, void** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    const at::Tensor& source = nx::tensor_of(tensor, "tensor");
    if (nx::is_borrowed(source))
      nx::invalid_argument(
          "the tensor's memory is the caller's, and another library would not know until when: "
          "clone the tensor first");
    // What records no gradient is the same memory.
    const at::Tensor plain = source.detach();
    if (versioned != 0)
      *out = at::toDLPackVersioned(plain);
    else
      *out = at::toDLPack(plain);
  });
}

nx_error* nx_tensor_from_dlpack(void* managed, int32_t versioned, nx_tensor** out) noexcept {
  *out = nullptr;
  return nx::guard([&] { *out = nx::new_handle(from(managed, versioned != 0)); });
}

void nx_dlpack_free(void* managed, int32_t versioned) noexcept {
  if (versioned != 0)
    free_managed<DLManagedTensorVersioned>(managed);
  else
    free_managed<DLManagedTensor>(managed);
}
