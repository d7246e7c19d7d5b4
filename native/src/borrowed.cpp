#include "borrowed.h"

#include <ATen/ops/clone.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/TensorImpl.h>

#include <algorithm>
#include <cstring>

namespace nx {
namespace {

// Marks a storage as borrowed by its address. There is nothing to free: the memory is the caller's.
void borrowed_marker(void*) {}

at::Tensor over(void* data, size_t byte_length, const caffe2::TypeMeta& type) {
  // The context must not be NULL: DataPtr runs (and keeps) a deleter only beside one.
  c10::Storage storage(c10::Storage::use_byte_size_t{}, byte_length,
                       c10::DataPtr(data, data, &borrowed_marker, at::Device(at::kCPU)),
                       /*allocator=*/nullptr, /*resizable=*/false);
  return at::detail::make_tensor<c10::TensorImpl>(std::move(storage),
                                                  c10::DispatchKeySet(c10::DispatchKey::CPU), type);
}

}  // namespace

at::Tensor wrap_borrowed(void* data, size_t byte_length, at::IntArrayRef sizes,
                         at::ScalarType type) {
  at::Tensor tensor = over(data, byte_length, c10::scalarTypeToTypeMeta(type));
  tensor.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
  return tensor;
}

bool is_borrowed(const at::Tensor& tensor) noexcept {
  if (!tensor.defined() || !tensor.has_storage()) return false;
  return tensor.storage().data_ptr().get_deleter() == &borrowed_marker;
}

at::Tensor own(const at::Tensor& tensor) { return is_borrowed(tensor) ? tensor.clone() : tensor; }

at::Tensor Loan::lend(const at::Tensor& tensor) {
  if (!is_borrowed(tensor)) return tensor;
  const c10::Storage& storage = tensor.storage();
  at::Tensor alias = over(storage.mutable_data(), storage.nbytes(), tensor.dtype());
  c10::TensorImpl* impl = alias.unsafeGetTensorImpl();
  impl->set_sizes_and_strides(tensor.sizes(), tensor.strides());
  impl->set_storage_offset(tensor.storage_offset());
  lent_.push_back(alias);
  return alias;
}

bool Loan::settle() {
  bool escaped = false;
  for (at::Tensor& alias : lent_) {
    // Held by lent_ alone, or by someone else too: as this very tensor, or through a view that
    // shares the storage.
    if (alias.use_count() == 1 && alias.storage().use_count() == 1) continue;
    c10::StorageImpl* storage = alias.storage().unsafeGetStorageImpl();
    c10::DataPtr copy = c10::GetCPUAllocator()->allocate(storage->nbytes());
    std::memcpy(copy.mutable_get(), storage->data(), storage->nbytes());
    storage->set_data_ptr_noswap(std::move(copy));
    escaped = true;
  }
  lent_.clear();
  return escaped;
}

}  // namespace nx
