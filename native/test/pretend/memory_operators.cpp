// Operators that are about memory: to have it, to resize it, to copy it, to keep it.
#include <ATen/EmptyTensor.h>
#include <ATen/Functions.h>
#include <ATen/native/Resize.h>
#include <c10/core/DeviceGuard.h>
#include <c10/util/strides.h>
#include <torch/library.h>

#include "capture.h"
#include "device_memory.h"
#include "event.h"
#include "host_memory.h"
#include "streams.h"
#include "tensors.h"

namespace pretend {
namespace {

constexpr c10::DispatchKeySet keys(c10::DispatchKey::PrivateUse1);

void check_options(std::optional<at::Layout> layout, std::optional<bool> pin_memory) {
  TORCH_CHECK(layout.value_or(at::kStrided) == at::kStrided, "only strided tensors are supported");
  TORCH_CHECK(!pin_memory.value_or(false), "Only dense CPU tensors can be pinned");
}

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype,
                 std::optional<at::Layout> layout, std::optional<at::Device> device,
                 std::optional<bool> pin_memory, std::optional<at::MemoryFormat> format) {
  check_options(layout, pin_memory);
  const c10::DeviceGuard guard(c10::device_or_default(device));
  return at::detail::empty_generic(size, &DeviceMemory::instance(), keys,
                                   c10::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
                         std::optional<at::ScalarType> dtype, std::optional<at::Layout> layout,
                         std::optional<at::Device> device, std::optional<bool> pin_memory) {
  check_options(layout, pin_memory);
  const c10::DeviceGuard guard(c10::device_or_default(device));
  return at::detail::empty_strided_generic(size, stride, &DeviceMemory::instance(), keys,
                                           c10::dtype_or_default(dtype));
}

// Gives the tensor those sizes, strides and offset, and its storage as many bytes as they need.
void place(const at::Tensor& self, at::IntArrayRef size, at::IntArrayRef stride, int64_t offset) {
  const size_t bytes = at::detail::computeStorageNbytes(size, stride, self.element_size(),
                                                        static_cast<size_t>(offset));
  if (bytes > self.storage().nbytes())
    at::native::resize_bytes_nocuda(self.storage(), static_cast<int64_t>(bytes));
  self.unsafeGetTensorImpl()->set_sizes_and_strides(size, stride, offset);
}

const at::Tensor& resize(const at::Tensor& self, at::IntArrayRef size,
                         std::optional<at::MemoryFormat> format) {
  at::detail::check_size_nonnegative(size);
  if (self.sizes() != size) place(self, size, c10::contiguous_strides(size), self.storage_offset());
  if (format) self.unsafeGetTensorImpl()->empty_tensor_restride(*format);
  return self;  // NOLINT(bugprone-return-const-ref-from-parameter): as its schema has it
}

at::Tensor& set_at(at::Tensor& self, at::Storage source, int64_t offset, at::IntArrayRef size,
                   at::IntArrayRef stride) {
  at::native::checkSetStorage(self, std::move(source), offset, size, stride);
  const auto contiguous = c10::contiguous_strides(size);
  place(self, size, stride.size() == size.size() ? stride : at::IntArrayRef(contiguous), offset);
  return self;
}

at::Tensor& set(at::Tensor& self, at::Storage source) {
  const auto length = static_cast<int64_t>(source.nbytes() / self.element_size());
  return set_at(self, std::move(source), 0, {length}, {});
}

at::Tensor& set_empty(at::Tensor& self) {
  return set(self, at::empty({0}, self.options()).storage());
}

// Between devices: the copy runs on the source's stream, after what the target's has been given,
// and before what it will be given.
void copy_between(const at::Tensor& source, const at::Tensor& target, Step copy) {
  Queue& from = current_queue(source.device().index());
  Queue& to = current_queue(target.device().index());
  Event ready;
  ready.record(to);
  ready.block(from);
  from.enqueue(std::move(copy));
  Event done;
  done.record(from);
  done.block(to);
}

// Between host and device: it waits for the end, unless it need not and the host's memory is
// pinned.
void copy_across(const at::Tensor& source, const at::Tensor& target, bool non_blocking, Step copy) {
  const at::Tensor& host = on_device(source) ? target : source;
  const c10::Stream stream = current_stream((on_device(source) ? source : target).device().index());
  Queue& queue = queue_of(stream);
  HostMemory& pinned = HostMemory::instance();
  const bool waits = !non_blocking || !pinned.is_pinned(host.data_ptr());
  if (waits) refuse_in_capture(queue);
  queue.enqueue(std::move(copy));
  if (waits) {
    synchronize(queue);
  } else {
    pinned.record_event(host.data_ptr(), host.storage().data_ptr().get_context(), stream);
  }
}

at::Tensor copy_from(const at::Tensor& source, const at::Tensor& target, bool non_blocking) {
  if (target.numel() == 0) return target;
  Step copy{"aten::copy_", [from = cpu_view(source.expand_as(target)),
                            to = cpu_view(target)]() mutable { to.copy_(from); }};
  if (!on_device(source) || !on_device(target)) {
    copy.kind = on_device(source) ? PRETEND_TO_HOST : PRETEND_FROM_HOST;
    copy_across(source, target, non_blocking, std::move(copy));
  } else if (source.device() == target.device()) {
    current_queue(source.device().index()).enqueue(std::move(copy));
  } else {
    copy.kind = PRETEND_BETWEEN_DEVICES;
    copy_between(source, target, std::move(copy));
  }
  return target;
}

at::Tensor copy_from_and_resize(const at::Tensor& source, const at::Tensor& target) {
  target.resize_(source.sizes());
  return copy_from(source, target, false);
}

void record_stream(at::Tensor& self, c10::Stream stream) {
  DeviceMemory::instance().recordStream(self.storage().data_ptr(), stream);
}

// Whether a variable, such as a module's parameter, can go from one to the other in place.
bool can_replace(const at::Tensor& self, const at::Tensor& from) {
  const auto is_dense = [](const at::Tensor& tensor) {
    return tensor.layout() == at::kStrided && (tensor.is_cpu() || tensor.is_privateuseone());
  };
  return is_dense(self) && is_dense(from);
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("resize_", &resize);
  m.impl("set_.source_Storage_storage_offset", &set_at);
  m.impl("set_.source_Storage", &set);
  m.impl("set_", &set_empty);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("record_stream", &record_stream);
  m.impl("_has_compatible_shallow_copy_type", &can_replace);
}

}  // namespace pretend
