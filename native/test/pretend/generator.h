// Random numbers of the devices.
#pragma once

#include <ATen/core/Generator.h>

#include <optional>

namespace pretend {

const at::Generator& default_generator(c10::DeviceIndex device);
at::Generator new_generator(c10::DeviceIndex device);

// A CPU's generator for one task, seeded by the device's one: numbers depend on the order of the
// calls, and not on that in which streams come to them.
at::Generator generator_for_task(const at::Generator& device_generator);

}  // namespace pretend
