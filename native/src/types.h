// Translation between the constants of narthex.h and libtorch's enumerations.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/MemoryFormat.h>
#include <c10/core/ScalarType.h>

#include "error.h"

namespace nx {

at::ScalarType to_scalar_type(int64_t dtype);
int32_t from_scalar_type(at::ScalarType type) noexcept;

at::Device to_device(int64_t type, int64_t index);
int32_t from_device_type(at::DeviceType type) noexcept;

at::MemoryFormat to_memory_format(int64_t format);
// Whether tensors of that rank can have the format.
bool applies_to(at::MemoryFormat format, int64_t rank) noexcept;

}  // namespace nx
