#include "stream.h"

#include <unordered_map>

#include "compute.h"
#include "device.h"
#include "handles.h"
#include "pinned.h"
#include "recording.h"
#include "types.h"
#include "value.h"

namespace nx {

std::optional<c10::Stream> to_stream(const nx_stream& stream) {
  if (stream.device_type == 0) return {};
  return c10::Stream(c10::Stream::UNSAFE,
                     usable_accelerator(stream.device_type, stream.device_index), stream.id);
}

nx_stream from_stream(const c10::Stream& stream) noexcept {
  return {from_device_type(stream.device_type()), stream.device_index(), stream.id()};
}

c10::Stream default_stream(c10::Device device) { return guard_of(device).getDefaultStream(device); }

void wait_for(const c10::Stream& waiting, const c10::Stream& other) {
  if (waiting == other || other.query()) return;
  c10::Event event(other.device_type());
  event.record(other);
  event.block(waiting);
}

Pending::Pending(const c10::Stream& stream) : stream_(stream), event_(stream.device_type()) {
  event_.record(stream);
}

std::shared_ptr<const Pending> Pending::of_current(c10::Device device) {
  if (device.is_cpu() || !c10::impl::hasDeviceGuardImpl(device.type())) return nullptr;
  const c10::Stream current = guard_of(device).getStream(device);
  if (current == default_stream(device)) return nullptr;
  return std::make_shared<const Pending>(current);
}

void Pending::settle(const at::Tensor& tensor) const {
  const c10::Stream current = guard_of(stream_.device()).getStream(stream_.device());
  if (current == stream_) return;
  event_.block(current);
  record_use(tensor, current);
}

void record_use(const at::Tensor& tensor, const c10::Stream& stream) {
  if (tensor.has_storage() && tensor.device() == stream.device())
    guard_of(stream.device()).recordDataPtrOnStream(tensor.storage().data_ptr(), stream);
}

namespace {

void require_same(const c10::Stream& stream, const at::Tensor& tensor) {
  if (tensor.is_cpu() || tensor.device() == stream.device()) return;
  invalid_argument("the stream is of " + stream.device().str() + ", a tensor is on " +
                   tensor.device().str());
}

}  // namespace

void StreamScope::take(const std::vector<c10::IValue>& values) const {
  if (!guard_) return;
  const c10::Stream stream = guard_->current_stream();
  const c10::Stream before = default_stream(stream.device());
  if (stream == before || is_recording(stream)) return;
  wait_for(stream, before);
  for (const c10::IValue& value : values) {
    for (const at::Tensor& tensor : tensors_of(value)) {
      require_same(stream, tensor);
      record_use(tensor, stream);
    }
  }
}

namespace {

std::mutex& recording_turn() {
  static auto* const turn = new std::mutex();
  return *turn;
}

// For each device the stream that is kept for recording.
c10::Stream kept_stream(c10::Device device) {
  static auto* const mutex = new std::mutex();
  static auto* const kept = new std::unordered_map<c10::Device, c10::Stream>();
  const std::lock_guard<std::mutex> lock(*mutex);
  const auto found = kept->find(device);
  if (found != kept->end()) return found->second;
  return kept->emplace(device, guard_of(device).getStreamFromGlobalPool(device)).first->second;
}

}  // namespace

c10::Stream pool_stream(c10::Device device, bool high_priority) {
  const c10::Stream kept = kept_stream(device);
  const c10::Stream next = guard_of(device).getStreamFromGlobalPool(device, high_priority);
  return next == kept ? guard_of(device).getStreamFromGlobalPool(device, high_priority) : next;
}

RecordingStream::RecordingStream(c10::Device device)
    : turn_(no_recordings()), stream_(kept_stream(device)) {}

std::unique_lock<std::mutex> no_recordings() { return std::unique_lock(recording_turn()); }

namespace {

c10::Stream find_stream(c10::Device device, int32_t kind) {
  const c10::impl::VirtualGuardImpl guard = guard_of(device);
  switch (kind) {
    case NX_STREAM_DEFAULT:
      return guard.getDefaultStream(device);
    case NX_STREAM_NORMAL:
    case NX_STREAM_HIGH_PRIORITY:
      return pool_stream(device, kind == NX_STREAM_HIGH_PRIORITY);
    default:
      invalid_argument("unknown kind of stream " + std::to_string(kind));
  }
}

c10::Stream of(const nx_stream* stream) {
  const auto found = to_stream(require(stream, "stream"));
  if (!found) invalid_argument("a stream is missing");
  return *found;
}

// The last of these streams that is of a device; nothing where none is. `other` is the one beside
// it that they may be of.
std::optional<c10::Stream> stream_on(c10::Device device, c10::Device other,
                                     const std::vector<nx_stream>& streams) {
  std::optional<c10::Stream> found;
  for (const nx_stream& named : streams) {
    const c10::Stream stream = of(&named);
    if (stream.device() == device) {
      found = stream;
    } else if (stream.device() != other) {
      invalid_argument("expected streams of " + device.str() + " and " + other.str() +
                       ", got one of " + stream.device().str());
    }
  }
  return found;
}

const c10::Event& of(const nx_event* event) { return require(event, "event").event; }

}  // namespace
}  // namespace nx

nx_error* nx_stream_get(int32_t device_type, int32_t device_index, int32_t kind,
                        nx_stream* out) noexcept {
  *out = {};
  return nx::guard([&] {
    *out =
        nx::from_stream(nx::find_stream(nx::usable_accelerator(device_type, device_index), kind));
  });
}

nx_error* nx_stream_query(const nx_stream* stream, int32_t* out) noexcept {
  *out = 0;
  return nx::guard([&] { *out = nx::of(stream).query() ? 1 : 0; });
}

nx_error* nx_stream_synchronize(const nx_stream* stream) noexcept {
  return nx::guard([&] { nx::of(stream).synchronize(); });
}

nx_error* nx_stream_wait_stream(const nx_stream* stream, const nx_stream* other) noexcept {
  return nx::guard([&] { nx::wait_for(nx::of(stream), nx::of(other)); });
}

nx_error* nx_stream_wait_event(const nx_stream* stream, const nx_event* event) noexcept {
  return nx::guard([&] { nx::of(event).block(nx::of(stream)); });
}

nx_error* nx_stream_copy(const nx_stream* stream, const nx_tensor* target,
                         const nx_tensor* source) noexcept {
  return nx::guard([&] {
    const c10::Stream on = nx::of(stream);
    const nx::StreamScope scope(on);
    const c10::InferenceMode inference;
    const at::Tensor to = nx::tensor_of(target, "target");
    const at::Tensor from = nx::tensor_of(source, "source");
    if (to.sizes() != from.sizes()) {
      nx::invalid_argument("expected a source of the target's sizes " + c10::str(to.sizes()) +
                           ", got " + c10::str(from.sizes()));
    }
    scope.take({to, from});
    const auto is_ready = [](const at::Tensor& tensor) {
      return !tensor.is_cpu() || nx::is_pinned(tensor.const_data_ptr());
    };
    const bool goes_on = is_ready(to) && is_ready(from);
    to.copy_(from, /*non_blocking=*/goes_on);
    for (const at::Tensor& tensor : {to, from}) {
      if (goes_on && tensor.is_cpu()) nx::record_pinned_use(tensor.const_data_ptr(), on);
    }
    // All who use the target wait for its default stream.
    if (!to.is_cpu()) nx::wait_for(nx::default_stream(to.device()), on);
  });
}

nx_error* nx_tensor_to(const nx_tensor* tensor, int32_t device_type, int32_t device_index,
                       const nx_stream* streams, int64_t count, nx_tensor** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    const nx_tensor& handle = nx::require(tensor, "tensor");
    nx::require_length(streams, count, "streams");
    const c10::Device source = handle.tensor.device();
    const c10::Device target = nx::usable_device(device_type, device_index);
    const std::vector<nx_stream> named(streams, streams + count);
    const std::optional<c10::Stream> leaving = nx::stream_on(source, target, named);
    const std::optional<c10::Stream> arriving = nx::stream_on(target, source, named);
    if (source == target) {
      *out = nx::new_handle(handle.tensor, handle.pending);
      return;
    }
    // What the copy takes from either device's memory is of the stream that is current there.
    const nx::StreamScope on_target(arriving);
    const nx::StreamScope on_source(leaving);
    const nx::OperatorScope scope;
    on_source.take({handle.tensor});
    const at::Tensor& from = nx::tensor_of(tensor, "tensor");
    const bool is_pinned =
        from.is_cpu() && from.has_storage() && nx::is_pinned(from.const_data_ptr());
    at::Tensor copy = from.to(target, from.scalar_type(), /*non_blocking=*/is_pinned);
    if (is_pinned) {
      nx::record_pinned_use(from.const_data_ptr(), nx::guard_of(target).getStream(target));
    }
    *out = nx::new_handle(std::move(copy));
  });
}

nx_error* nx_event_new(int32_t device_type, int32_t device_index, int32_t timing,
                       nx_event** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    const c10::Device device = nx::usable_accelerator(device_type, device_index);
    const auto flag =
        timing != 0 ? c10::EventFlag::BACKEND_DEFAULT : c10::EventFlag::PYTORCH_DEFAULT;
    *out = std::make_unique<nx_event>(nx_event{c10::Event(device.type(), flag)}).release();
    nx::count_handle(NX_HANDLE_DEVICE, +1);
  });
}

void nx_event_free(nx_event* event) noexcept {
  if (event == nullptr) return;
  delete event;
  nx::count_handle(NX_HANDLE_DEVICE, -1);
}

nx_error* nx_event_record(nx_event* event, const nx_stream* stream) noexcept {
  return nx::guard([&] {
    nx::require_not_null(event, "event");
    event->event.record(nx::of(stream));
  });
}

nx_error* nx_event_query(const nx_event* event, int32_t* out) noexcept {
  *out = 0;
  return nx::guard([&] { *out = nx::of(event).query() ? 1 : 0; });
}

nx_error* nx_event_synchronize(const nx_event* event) noexcept {
  return nx::guard([&] { nx::of(event).synchronize(); });
}

nx_error* nx_event_elapsed(const nx_event* start, const nx_event* end,
                           double* milliseconds) noexcept {
  *milliseconds = 0;
  return nx::guard([&] { *milliseconds = nx::of(start).elapsedTime(nx::of(end)); });
}
