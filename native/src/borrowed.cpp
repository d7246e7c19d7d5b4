#include "borrowed.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/clone.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/TensorImpl.h>

#include <cstring>
#include <exception>

namespace nx {
namespace {

// Marks a storage as borrowed by its address. There is nothing to free: the memory is the caller's.
void borrowed_marker(void*) {}

// The context of every borrowed storage. Not NULL: DataPtr runs (and keeps) a deleter only beside
// one. Not the data either: libtorch's lazy copies would take that for memory it may keep.
char borrowed_context;

c10::Storage storage_over(void* data, size_t byte_length) {
  return {c10::Storage::use_byte_size_t{}, byte_length,
          c10::DataPtr(data, &borrowed_context, &borrowed_marker, at::Device(at::kCPU)),
          /*allocator=*/nullptr, /*resizable=*/false};
}

at::Tensor tensor_over(c10::Storage storage, const caffe2::TypeMeta& type) {
  return at::detail::make_tensor<c10::TensorImpl>(std::move(storage),
                                                  c10::DispatchKeySet(c10::DispatchKey::CPU), type);
}

// A tensor of its own over that storage, which looks like `tensor`.
at::Tensor look_alike(const at::Tensor& tensor, c10::Storage storage, int64_t offset) {
  at::Tensor alias = tensor_over(std::move(storage), tensor.dtype());
  c10::TensorImpl* impl = alias.unsafeGetTensorImpl();
  impl->set_sizes_and_strides(tensor.sizes(), tensor.strides());
  impl->set_storage_offset(offset);
  alias._set_conj(tensor.is_conj());
  alias._set_neg(tensor.is_neg());
  return alias;
}

bool is_plain(const at::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.layout() == at::kStrided && tensor.has_storage() &&
         !tensor.is_quantized();
}

// Puts a copy of its own under a storage that has outlived its loan.
void give_own_memory(c10::StorageImpl& storage) {
  c10::DataPtr copy = c10::GetCPUAllocator()->allocate(storage.nbytes());
  std::memcpy(copy.mutable_get(), storage.data(), storage.nbytes());
  storage.set_data_ptr_noswap(std::move(copy));
}

}  // namespace

at::Tensor wrap_borrowed(void* data, size_t byte_length, at::IntArrayRef sizes,
                         at::ScalarType type) {
  at::Tensor tensor = tensor_over(storage_over(data, byte_length), c10::scalarTypeToTypeMeta(type));
  tensor.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
  return tensor;
}

bool is_borrowed(const at::Tensor& tensor) noexcept {
  if (!tensor.defined() || !tensor.has_storage()) return false;
  return tensor.storage().data_ptr().get_deleter() == &borrowed_marker;
}

at::Tensor keepable(const at::Tensor& tensor) {
  return is_borrowed(tensor) || tensor.is_inference() ? tensor.clone() : tensor;
}

at::Tensor Loan::lend(const at::Tensor& tensor) {
  if (!is_borrowed(tensor)) {
    // Outside inference mode libtorch refuses to save inference tensors and to change them.
    const bool is_refused = !inference_ && tensor.is_inference() && is_plain(tensor);
    return is_refused ? look_alike(tensor, tensor.storage(), tensor.storage_offset()) : tensor;
  }
  // Over what the tensor can reach, not over all that it is a part of: a copy, if it comes to that,
  // is then no larger than it must be.
  const size_t reach =
      at::detail::computeStorageNbytes(tensor.sizes(), tensor.strides(), tensor.itemsize());
  lent_.push_back(storage_over(tensor.mutable_data_ptr(), reach));
  return look_alike(tensor, lent_.back(), 0);
}

void Loan::settle() {
  std::exception_ptr failure;
  for (const c10::Storage& storage : lent_) {
    if (storage.use_count() == 1) continue;  // nobody but lent_ holds it
    try {
      give_own_memory(*storage.unsafeGetStorageImpl());
    } catch (...) {  // no memory for the copy: whoever holds it gets an error, not freed memory
      storage.unsafeGetStorageImpl()->release_data_and_set_meta_custom_data_ptr_error_msg_(
          "out of memory: this tensor's memory was the caller's and could not be copied");
      failure = std::current_exception();
    }
  }
  lent_.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nx
