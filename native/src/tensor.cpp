// Tensors: made, described, read.
#include "tensor.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_as_real.h>
#include <c10/core/InferenceMode.h>

#include <cstring>

#include "borrowed.h"
#include "compute.h"
#include "device.h"
#include "handles.h"
#include "pinned.h"
#include "types.h"

namespace {

at::IntArrayRef sizes_of(const int64_t* sizes, int64_t rank) {
  nx::require_length(sizes, rank, "sizes");
  for (int64_t i = 0; i < rank; ++i) {
    if (sizes[i] < 0)
      nx::invalid_argument("negative size " + std::to_string(sizes[i]) + " in dimension " +
                           std::to_string(i));
  }
  return {sizes, static_cast<size_t>(rank)};
}

// Bytes of a row-major tensor; sizes whose product overflows are refused.
size_t byte_length_of(at::IntArrayRef sizes, at::ScalarType type) {
  int64_t bytes = static_cast<int64_t>(c10::elementSize(type));
  for (const int64_t size : sizes) {
    if (__builtin_mul_overflow(bytes, size, &bytes))
      nx::invalid_argument("the sizes overflow 64 bits");
  }
  return static_cast<size_t>(bytes);
}

// The dtype of new memory. Quantised elements mean nothing without a scale and a zero point.
at::ScalarType plain_type(int64_t dtype) {
  const at::ScalarType type = nx::to_scalar_type(dtype);
  if (c10::isQIntType(type)) {
    nx::invalid_argument(
        "a quantised tensor can't be made of memory alone: quantise one of floating-point numbers "
        "(aten::quantize_per_tensor)");
  }
  return type;
}

const at::Tensor& of(const nx_tensor* handle) { return nx::tensor_of(handle, "tensor"); }

void require_exactly(size_t needed, int64_t byte_length) {
  if (byte_length < 0 || static_cast<size_t>(byte_length) != needed) {
    nx::invalid_argument("expected " + std::to_string(needed) + " bytes, got " +
                         std::to_string(byte_length));
  }
}

// Whether the elements stand in memory of the host as they are. (A lazy negation or conjugation is
// not in memory yet.)
bool is_host(const at::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.has_storage() && tensor.layout() == at::kStrided &&
         !tensor.is_neg() && !tensor.is_conj();
}

// The same memory seen as integers, so that NaN equals NaN.
at::Tensor bits_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.resolve_conj().resolve_neg();
  switch (plain.element_size()) {
    case 1:
      return plain.view(at::kByte);
    case 2:
      return plain.view(at::kShort);
    case 4:
      return plain.view(at::kInt);
    case 8:
      return plain.view(at::kLong);
    default:  // complex128
      return at::view_as_real(plain).view(at::kLong);
  }
}

bool are_same(const at::Tensor& one, const at::Tensor& other) {
  if (one.scalar_type() != other.scalar_type() || one.sizes() != other.sizes()) return false;
  return one.is_quantized() ? at::equal(one, other) : at::equal(bits_of(one), bits_of(other));
}

}  // namespace

void nx::read_tensor(const at::Tensor& tensor, at::ScalarType type, void* data,
                     int64_t byte_length) {
  const size_t needed = byte_length_of(tensor.sizes(), type);
  require_exactly(needed, byte_length);
  if (tensor.is_complex() && !c10::isComplexType(type))
    invalid_argument("complex numbers can't be read as real ones: read their view_as_real");
  if (needed == 0) return;
  require_not_null(data, "data");
  if (c10::isQIntType(type)) {
    if (type != tensor.scalar_type())
      invalid_argument("only a quantised tensor of that very dtype can be read as one");
    read_tensor(tensor.int_repr(), c10::toUnderlying(type), data, byte_length);
    return;
  }
  const at::Tensor source = tensor.is_quantized() ? tensor.dequantize() : tensor;
  if (source.scalar_type() == type && is_host(source) && source.is_contiguous()) {
    std::memcpy(data, source.const_data_ptr(), needed);
    return;
  }
  if (reinterpret_cast<uintptr_t>(data) % c10::elementSize(type) != 0) {
    const at::Tensor staged = at::empty(source.sizes(), type).copy_(source);
    std::memcpy(data, staged.const_data_ptr(), needed);
    return;
  }
  wrap_borrowed(data, needed, source.sizes(), type).copy_(source);
}

nx_error* nx_tensor_empty(int32_t dtype, int32_t device_type, int32_t device_index,
                          const int64_t* sizes, int64_t rank, nx_tensor** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    const at::IntArrayRef shape = sizes_of(sizes, rank);
    const at::ScalarType type = plain_type(dtype);
    byte_length_of(shape, type);
    *out = nx::new_handle(at::empty(
        shape, at::TensorOptions(type).device(nx::usable_device(device_type, device_index))));
  });
}

nx_error* nx_tensor_wrap(void* data, int64_t byte_length, int32_t dtype, const int64_t* sizes,
                         int64_t rank, nx_tensor** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    const at::IntArrayRef shape = sizes_of(sizes, rank);
    const at::ScalarType type = plain_type(dtype);
    const size_t needed = byte_length_of(shape, type);
    if (byte_length < 0 || static_cast<size_t>(byte_length) < needed) {
      nx::invalid_argument("expected at least " + std::to_string(needed) + " bytes, got " +
                           std::to_string(byte_length));
    }
    if (needed > 0) nx::require_not_null(data, "data");
    if (reinterpret_cast<uintptr_t>(data) % c10::elementSize(type) != 0)
      nx::invalid_argument("data is not aligned for its dtype");
    if (auto pinned = nx::pinned_at(data, needed)) {
      // libtorch's own memory, which the tensor keeps.
      *out =
          nx::new_handle(at::from_blob(data, shape, [pinned = std::move(pinned)](void*) {}, type));
      return;
    }
    *out = nx::new_handle(nx::wrap_borrowed(data, needed, shape, type));
  });
}

nx_error* nx_tensor_share(const nx_tensor* tensor, nx_tensor** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    const nx_tensor& shared = nx::require(tensor, "tensor");
    *out = nx::new_handle(shared.tensor, shared.pending);
  });
}

void nx_tensor_free(nx_tensor* tensor) noexcept {
  if (tensor == nullptr) return;
  delete tensor;
  nx::count_handle(NX_HANDLE_TENSOR, -1);
}

nx_error* nx_tensor_describe(const nx_tensor* handle, int64_t capacity, nx_tensor_info* info,
                             int64_t* sizes, int64_t* strides) noexcept {
  *info = {};
  return nx::guard([&] {
    const at::Tensor& tensor = nx::require(handle, "tensor").tensor;
    const bool strided = tensor.layout() == at::kStrided;
    const int64_t rank = tensor.dim();
    for (int64_t i = 0; i < std::min(capacity, rank); ++i) {
      sizes[i] = tensor.size(i);
      strides[i] = strided ? tensor.stride(i) : 0;
    }
    info->dtype = nx::from_scalar_type(tensor.scalar_type());
    info->device_type = nx::from_device_type(tensor.device().type());
    info->device_index = tensor.device().index();
    info->is_contiguous = strided && tensor.is_contiguous() ? 1 : 0;
    info->is_borrowed = nx::is_borrowed(tensor) ? 1 : 0;
    info->element_count = tensor.numel();
    info->element_size = tensor.element_size();
    info->data = is_host(tensor) ? reinterpret_cast<int64_t>(tensor.const_data_ptr()) : 0;
    info->rank = static_cast<int32_t>(rank);
  });
}

nx_error* nx_tensor_pin(const nx_tensor* handle, int64_t* data, nx_tensor** out) noexcept {
  *data = 0;
  *out = nullptr;
  return nx::guard([&] {
    const at::Tensor& tensor = of(handle);
    if (!is_host(tensor) || !tensor.is_contiguous())
      nx::invalid_argument("only row-major CPU memory can be pinned");
    // From here on libtorch refuses to resize this storage, so its memory stays where it is.
    tensor.storage().unsafeGetStorageImpl()->set_resizable(false);
    // A tensor of its own: `tensor` may be given another storage (set_) while this one is held.
    *out = nx::new_handle(tensor.detach());
    *data = reinterpret_cast<int64_t>(tensor.data_ptr());
  });
}

nx_error* nx_tensor_read(const nx_tensor* handle, int32_t dtype, void* data,
                         int64_t byte_length) noexcept {
  return nx::guard([&] {
    const nx::OperatorScope scope;
    nx::read_tensor(of(handle), nx::to_scalar_type(dtype), data, byte_length);
  });
}

nx_error* nx_tensor_write(const nx_tensor* handle, int32_t dtype, const void* data,
                          int64_t byte_length) noexcept {
  return nx::guard([&] {
    const nx::OperatorScope scope;
    const at::Tensor& tensor = of(handle);
    const at::ScalarType type = plain_type(dtype);
    const size_t needed = byte_length_of(tensor.sizes(), type);
    require_exactly(needed, byte_length);
    if (needed == 0) return;
    nx::require_not_null(data, "data");
    if (reinterpret_cast<uintptr_t>(data) % c10::elementSize(type) != 0)
      nx::invalid_argument("data is not aligned for its dtype");
    // Only read: copy_ takes its source as a tensor, which has no constant memory.
    tensor.copy_(nx::wrap_borrowed(const_cast<void*>(data), needed, tensor.sizes(), type));
  });
}

nx_error* nx_tensor_same(const nx_tensor* one, const nx_tensor* other, int32_t* out) noexcept {
  *out = 0;
  return nx::guard([&] {
    const nx::OperatorScope scope;
    *out = are_same(of(one), of(other)) ? 1 : 0;
  });
}
