// libtorch's way to devices, streams and events.
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include "capture.h"
#include "device_memory.h"
#include "event.h"
#include "streams.h"

namespace pretend {
namespace {

Event& event_of(void* event) { return *static_cast<Event*>(event); }

// The host asks no events while it captures, be they part of the capture or not.
void refuse_while_capturing() { refuse_in_capture(current_queue(current_device())); }

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return c10::DeviceType::PrivateUse1; }
  c10::DeviceIndex deviceCount() const noexcept override { return device_count; }

  c10::Device getDevice() const override { return device_at(current_device()); }
  void setDevice(c10::Device device) const override { set_current_device(device.index()); }
  c10::Device exchangeDevice(c10::Device device) const override {
    const c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0 && device.index() < device_count) set_current_device(device.index());
  }
  c10::DeviceCapability getDeviceCapability(c10::Device device) const override {
    checked(device.index());
    return {};
  }

  c10::Stream getStream(c10::Device device) const override {
    return current_stream(device.index());
  }
  c10::Stream getDefaultStream(c10::Device device) const override {
    return default_stream(device.index());
  }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool high_priority) const override {
    return pool_stream(device.index(), high_priority);
  }
  c10::Stream getNewStream(c10::Device device, int priority) const override {
    return pool_stream(device.index(), priority < 0);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override { return exchange_stream(stream); }
  void* getStreamNativeHandle(const c10::Stream stream) const override { return &queue_of(stream); }

  bool queryStream(const c10::Stream& stream) const override {
    Queue& queue = queue_of(stream);
    refuse_in_capture(queue);
    return queue.passed(queue.position());
  }
  void synchronizeStream(const c10::Stream& stream) const override {
    synchronize(queue_of(stream));
  }
  bool isStreamCapturing(const c10::Stream& stream) const override {
    return queue_of(stream).capture() != nullptr;
  }
  void synchronizeDevice(const c10::DeviceIndex device) const override {
    synchronize_device(device);
  }
  void recordDataPtrOnStream(const c10::DataPtr& data, const c10::Stream& stream) const override {
    DeviceMemory::instance().recordStream(data, stream);
  }

  void record(void** event, const c10::Stream& stream, const c10::DeviceIndex /*device*/,
              const c10::EventFlag /*flag*/) const override {
    if (*event == nullptr) *event = new Event;
    event_of(*event).record(queue_of(stream));
  }
  void block(void* event, const c10::Stream& stream) const override {
    if (event != nullptr) event_of(event).block(queue_of(stream));
  }
  bool queryEvent(void* event) const override {
    refuse_while_capturing();
    return event == nullptr || event_of(event).query();
  }
  void synchronizeEvent(void* event) const override {
    refuse_while_capturing();
    if (event != nullptr) event_of(event).synchronize();
  }
  double elapsedTime(void* start, void* end, const c10::DeviceIndex /*device*/) const override {
    return event_of(end).millis_since(event_of(start));
  }
  void destroyEvent(void* event, const c10::DeviceIndex /*device*/) const noexcept override {
    delete static_cast<Event*>(event);
  }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

}  // namespace
}  // namespace pretend
