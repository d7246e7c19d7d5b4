// What libtorch asks about the device, and the registration of its allocators.
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/DeviceType.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "device_memory.h"
#include "error.h"
#include "generator.h"
#include "host_memory.h"
#include "streams.h"

namespace pretend {
namespace {

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex device) const override {
    return DeviceMemory::instance().used(device);
  }
  void init() const override {}

  c10::DeviceIndex deviceCount() const override { return device_count; }
  c10::DeviceIndex getCurrentDevice() const override { return current_device(); }
  void setCurrentDevice(c10::DeviceIndex device) const override { set_current_device(device); }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex device) const override {
    const c10::DeviceIndex before = current_device();
    set_current_device(device);
    return before;
  }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex device) const override {
    return hasPrimaryContext(device) ? exchangeDevice(device) : current_device();
  }

  c10::Device getDeviceFromPtr(void* data) const override {
    const auto device = DeviceMemory::instance().device_of(data);
    check(device.has_value(), Code::invalid_value, "the pointer is not to a device's memory");
    return device_at(*device);
  }
  bool isPinnedPtr(const void* data) const override {
    return HostMemory::instance().is_pinned(data);
  }
  c10::Allocator* getPinnedMemoryAllocator() const override { return &HostMemory::instance(); }

  const at::Generator& getDefaultGenerator(c10::DeviceIndex device) const override {
    return default_generator(device);
  }
  at::Generator getNewGenerator(c10::DeviceIndex device) const override {
    return new_generator(device);
  }

  void resizePrivateUse1Bytes(const c10::Storage& storage, size_t size) const override {
    const c10::DeviceIndex before = exchangeDevice(storage.device().index());
    c10::DataPtr data = DeviceMemory::instance().allocate(size);
    void* const to = data.get();
    const void* const from = storage.data();
    const size_t kept = std::min(size, storage.nbytes());
    if (kept > 0)
      current_queue(current_device()).enqueue({"resize", [=] { std::memcpy(to, from, kept); }});
    storage.set_data_ptr_noswap(std::move(data));
    storage.unsafeGetStorageImpl()->set_nbytes(size);
    set_current_device(before);
  }
};

// Registers all that is not registered where it stands.
const bool registered = [] {
  // Named as it is anyhow: libtorch counts a device as an accelerator once it has been named.
  if (!c10::is_privateuse1_backend_registered())
    c10::register_privateuse1_backend(c10::get_privateuse1_backend());
  at::RegisterPrivateUse1HooksInterface(new Hooks);
  c10::SetAllocator(c10::DeviceType::PrivateUse1, &DeviceMemory::instance());
  at::setHostAllocator(c10::DeviceType::PrivateUse1, &HostMemory::instance());
  // Tasks must not run while what they use is taken down.
  return std::atexit(halt_streams) == 0;
}();

}  // namespace
}  // namespace pretend
