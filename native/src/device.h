// Devices: what there is besides the CPU, by calls that are the same for all kinds.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>

#include "error.h"

namespace nx {

// How many devices of a kind can be used. The first question loads the part of libtorch that serves
// them, where there is one.
int64_t device_count(c10::DeviceType type);

// The device by its codes, NX_DEVICE_*, ready to be used; an index of -1 is the current device. A
// failure that says why where there is none such.
c10::Device usable_device(int64_t type, int64_t index);

// The same, but for the CPU, which is refused.
c10::Device usable_accelerator(int64_t type, int64_t index);

// The device that nx_device_exchange made the current one of the calling thread; nothing where that
// is the one that was current before.
std::optional<c10::Device> chosen_device();

inline c10::impl::VirtualGuardImpl guard_of(c10::Device device) { return {device.type()}; }

}  // namespace nx
