#include "device.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "libraries.h"
#include "stream.h"
#include "types.h"
#include "value.h"

namespace nx {
namespace {

// libtorch's part for CUDA (and for ROCm, which goes by the same name) is a library of its own,
// which nothing here is linked to. Empty if it is loaded, or else why it is not.
const std::string& load_cuda() {
  static std::once_flag once;
  static auto* const reason = new std::string();
  std::call_once(once, [] {
    for (const char* name : {"libtorch_cuda.so", "libtorch_hip.so"}) {
      const std::string path = torch_folder() + name;
      if (access(path.c_str(), R_OK) != 0) continue;
      if (open_library(path, *reason) == nullptr) *reason = "it can't be loaded: " + *reason;
      return;
    }
    *reason = "this libtorch is one without CUDA";
  });
  return *reason;
}

std::string why_none(c10::DeviceType type) {
  if (type != at::kCUDA) return "this libtorch is one without " + c10::DeviceTypeName(type);
  const std::string& reason = load_cuda();
  return reason.empty() ? "no GPU is visible to CUDA, or its driver is missing or too old" : reason;
}

}  // namespace

int64_t device_count(c10::DeviceType type) {
  if (type == at::kCPU) return 1;
  if (type == at::kCUDA && !load_cuda().empty()) return 0;
  if (!c10::impl::hasDeviceGuardImpl(type)) return 0;
  return c10::impl::VirtualGuardImpl(type).deviceCount();
}

c10::Device usable_device(int64_t type, int64_t index) {
  const c10::Device device = to_device(type, index);
  if (device.is_cpu()) return device;
  const int64_t count = device_count(device.type());
  if (count == 0) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "there is no device " + device.str() + ": " + why_none(device.type()));
  }
  if (device.index() >= count) {
    throw Failure(NX_ERROR_UNSUPPORTED, "there is no device " + device.str() + ", only " +
                                            std::to_string(count) + " of its kind");
  }
  at::globalContext().lazyInitDevice(device.type());
  return device.has_index() ? device : guard_of(device).getDevice();
}

c10::Device usable_accelerator(int64_t type, int64_t index) {
  const c10::Device device = usable_device(type, index);
  if (device.is_cpu()) invalid_argument("expected a device such as cuda:0, got cpu");
  return device;
}

namespace {

// Devices that nx_device_exchange made the current ones of their kinds, and those that were before.
struct Chosen {
  c10::Device device;
  c10::Device before;
};

std::vector<Chosen>& chosen() {
  thread_local std::vector<Chosen> chosen;
  return chosen;
}

void choose(c10::Device device, c10::Device before) {
  std::vector<Chosen>& all = chosen();
  const auto known = std::find_if(all.begin(), all.end(), [&](const Chosen& one) {
    return one.device.type() == device.type();
  });
  if (known == all.end()) {
    if (device != before) all.push_back({device, before});
  } else if (device == known->before) {
    all.erase(known);
  } else {
    known->device = device;
  }
}

}  // namespace

// Calls of models may run on another thread.
std::optional<c10::Device> chosen_device() {
  return chosen().empty() ? std::nullopt : std::optional(chosen().back().device);
}

namespace {

c10::IValue describe(c10::Device device) {
  const c10::impl::VirtualGuardImpl guard = guard_of(device);
  c10::impl::GenericList dtypes(c10::IntType::get());
  guard.getDeviceCapability(device).forEachSupportedScalarType([&](at::ScalarType type) {
    if (const int32_t code = from_scalar_type(type); code != NX_DTYPE_OTHER)
      dtypes.push_back(static_cast<int64_t>(code));
  });
  const auto [free, total] = at::getDeviceAllocator(device.type())->getMemoryInfo(device.index());
  return c10::ivalue::Tuple::create(
      {static_cast<int64_t>(free), static_cast<int64_t>(total), dtypes});
}

}  // namespace
}  // namespace nx

void nx_devices_load() noexcept {
  nx::attempt([] { nx::load_cuda(); });
}

nx_error* nx_device_count(int32_t type, int64_t* out) noexcept {
  *out = 0;
  return nx::guard([&] { *out = nx::device_count(nx::to_device(type, 0).type()); });
}

nx_error* nx_device_describe(int32_t type, int32_t index, nx_value* out) noexcept {
  *out = {};
  return nx::guard(
      [&] { nx::write_value(nx::describe(nx::usable_accelerator(type, index)), out); });
}

nx_error* nx_device_synchronize(int32_t type, int32_t index) noexcept {
  return nx::guard([&] {
    const c10::Device device = nx::usable_accelerator(type, index);
    const std::unique_lock<std::mutex> quiet = nx::no_recordings();
    nx::guard_of(device).synchronizeDevice(device.index());
  });
}

nx_error* nx_device_exchange(int32_t type, int32_t index, int32_t* before) noexcept {
  *before = 0;
  return nx::guard([&] {
    const c10::Device device = nx::usable_accelerator(type, index);
    const c10::Device was = nx::guard_of(device).exchangeDevice(device);
    *before = was.index();
    if (index >= 0) nx::choose(device, was);
  });
}
