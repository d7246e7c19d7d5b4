#include "streams.h"

#include <atomic>

#include "capture.h"
#include "error.h"
#include "settings.h"

namespace pretend {
namespace {

// A device's streams: the default one, which is 0, and the pool's, of ordinary and then of high
// priority.
constexpr int64_t pool_size = 8;
constexpr int64_t stream_count = 1 + 2 * pool_size;

struct Streams {
  explicit Streams(c10::DeviceIndex device) {
    for (int64_t i = 0; i < stream_count; ++i) queues.emplace_back(device);
  }
  std::deque<Queue> queues;
  std::array<std::atomic<uint64_t>, 2> given{};
};

// Never freed: its threads never end.
Streams& streams(c10::DeviceIndex device) {
  static auto* const all = new std::array<Streams, device_count>{Streams(0), Streams(1)};
  return (*all)[static_cast<size_t>(checked(device))];
}

struct Current {
  c10::DeviceIndex device = 0;
  std::array<c10::StreamId, device_count> streams{};
};

Current& current() {
  thread_local Current current;
  return current;
}

c10::Stream stream_at(c10::DeviceIndex device, c10::StreamId id) {
  return c10::Stream(c10::Stream::UNSAFE, device_at(device), id);
}

}  // namespace

c10::DeviceIndex checked(c10::DeviceIndex device) {
  if (device == -1) return current_device();
  check(device >= 0 && device < device_count, Code::invalid_device,
        "invalid device ordinal " + std::to_string(device) + ": there are " +
            std::to_string(device_count));
  return device;
}

c10::DeviceIndex current_device() noexcept { return current().device; }

void set_current_device(c10::DeviceIndex device) { current().device = checked(device); }

c10::Stream current_stream(c10::DeviceIndex device) {
  device = checked(device);
  return stream_at(device, current().streams[static_cast<size_t>(device)]);
}

c10::Stream exchange_stream(const c10::Stream& stream) {
  queue_of(stream);
  const c10::Stream before = current_stream(stream.device_index());
  current().streams[static_cast<size_t>(stream.device_index())] = stream.id();
  return before;
}

c10::Stream default_stream(c10::DeviceIndex device) { return stream_at(checked(device), 0); }

c10::Stream pool_stream(c10::DeviceIndex device, bool high_priority) {
  device = checked(device);
  const uint64_t turn = streams(device).given[high_priority ? 1 : 0]++;
  const auto place = static_cast<int64_t>(turn % pool_size);
  return stream_at(device, 1 + place + (high_priority ? pool_size : 0));
}

Queue& queue_of(const c10::Stream& stream) {
  check(stream.device_type() == c10::DeviceType::PrivateUse1 && stream.id() >= 0 &&
            stream.id() < stream_count,
        Code::invalid_value, "no such stream: " + std::to_string(stream.id()));
  return streams(stream.device_index()).queues[static_cast<size_t>(stream.id())];
}

Queue& current_queue(c10::DeviceIndex device) { return queue_of(current_stream(device)); }

void drain_device(c10::DeviceIndex device) {
  for (Queue& queue : streams(device).queues) queue.drain();
}

void synchronize(Queue& queue) {
  refuse_in_capture(queue);
  queue.drain();
  throw_task_error(queue.device());
}

void synchronize_device(c10::DeviceIndex device) {
  device = checked(device);
  for (Queue& queue : streams(device).queues) refuse_in_capture(queue);
  drain_device(device);
  throw_task_error(device);
}

void halt_streams() {
  settings().hold.set(0);
  for (c10::DeviceIndex device = 0; device < device_count; ++device)
    for (Queue& queue : streams(device).queues) queue.halt();
}

}  // namespace pretend
