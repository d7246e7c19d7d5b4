#include "types.h"

#include <array>
#include <limits>
#include <utility>

namespace nx {
namespace {

constexpr std::array<std::pair<at::DeviceType, int32_t>, 5> kDevices{
    {{at::kCPU, NX_DEVICE_CPU},
     {at::kCUDA, NX_DEVICE_CUDA},
     {at::kXPU, NX_DEVICE_XPU},
     {at::kMPS, NX_DEVICE_MPS},
     {at::kPrivateUse1, NX_DEVICE_PRIVATE}}};

}  // namespace

at::ScalarType to_scalar_type(int64_t dtype) {
  switch (dtype) {
    case NX_DTYPE_FLOAT32:
      return at::kFloat;
    case NX_DTYPE_FLOAT64:
      return at::kDouble;
    case NX_DTYPE_FLOAT16:
      return at::kHalf;
    case NX_DTYPE_BFLOAT16:
      return at::kBFloat16;
    case NX_DTYPE_INT8:
      return at::kChar;
    case NX_DTYPE_INT16:
      return at::kShort;
    case NX_DTYPE_INT32:
      return at::kInt;
    case NX_DTYPE_INT64:
      return at::kLong;
    case NX_DTYPE_UINT8:
      return at::kByte;
    case NX_DTYPE_BOOL:
      return at::kBool;
    case NX_DTYPE_UINT16:
      return at::kUInt16;
    case NX_DTYPE_UINT32:
      return at::kUInt32;
    case NX_DTYPE_UINT64:
      return at::kUInt64;
    case NX_DTYPE_COMPLEX64:
      return at::kComplexFloat;
    case NX_DTYPE_COMPLEX128:
      return at::kComplexDouble;
    case NX_DTYPE_FLOAT8_E4M3FN:
      return at::kFloat8_e4m3fn;
    case NX_DTYPE_FLOAT8_E4M3FNUZ:
      return at::kFloat8_e4m3fnuz;
    case NX_DTYPE_FLOAT8_E5M2:
      return at::kFloat8_e5m2;
    case NX_DTYPE_FLOAT8_E5M2FNUZ:
      return at::kFloat8_e5m2fnuz;
    case NX_DTYPE_FLOAT8_E8M0FNU:
      return at::kFloat8_e8m0fnu;
    case NX_DTYPE_QINT8:
      return at::kQInt8;
    case NX_DTYPE_QUINT8:
      return at::kQUInt8;
    case NX_DTYPE_QINT32:
      return at::kQInt32;
    default:
      invalid_argument("unknown dtype code " + std::to_string(dtype));
  }
}

int32_t from_scalar_type(at::ScalarType type) noexcept {
  switch (type) {
    case at::kFloat:
      return NX_DTYPE_FLOAT32;
    case at::kDouble:
      return NX_DTYPE_FLOAT64;
    case at::kHalf:
      return NX_DTYPE_FLOAT16;
    case at::kBFloat16:
      return NX_DTYPE_BFLOAT16;
    case at::kChar:
      return NX_DTYPE_INT8;
    case at::kShort:
      return NX_DTYPE_INT16;
    case at::kInt:
      return NX_DTYPE_INT32;
    case at::kLong:
      return NX_DTYPE_INT64;
    case at::kByte:
      return NX_DTYPE_UINT8;
    case at::kBool:
      return NX_DTYPE_BOOL;
    case at::kUInt16:
      return NX_DTYPE_UINT16;
    case at::kUInt32:
      return NX_DTYPE_UINT32;
    case at::kUInt64:
      return NX_DTYPE_UINT64;
    case at::kComplexFloat:
      return NX_DTYPE_COMPLEX64;
    case at::kComplexDouble:
      return NX_DTYPE_COMPLEX128;
    case at::kFloat8_e4m3fn:
      return NX_DTYPE_FLOAT8_E4M3FN;
    case at::kFloat8_e4m3fnuz:
      return NX_DTYPE_FLOAT8_E4M3FNUZ;
    case at::kFloat8_e5m2:
      return NX_DTYPE_FLOAT8_E5M2;
    case at::kFloat8_e5m2fnuz:
      return NX_DTYPE_FLOAT8_E5M2FNUZ;
    case at::kFloat8_e8m0fnu:
      return NX_DTYPE_FLOAT8_E8M0FNU;
    case at::kQInt8:
      return NX_DTYPE_QINT8;
    case at::kQUInt8:
      return NX_DTYPE_QUINT8;
    case at::kQInt32:
      return NX_DTYPE_QINT32;
    default:
      return NX_DTYPE_OTHER;
  }
}

at::Device to_device(int64_t type, int64_t index) {
  if (type == NX_DEVICE_CPU) return at::Device(at::kCPU);
  if (index < -1 || index > std::numeric_limits<at::DeviceIndex>::max())
    invalid_argument("no device has the index " + std::to_string(index));
  for (const auto& [kind, code] : kDevices) {
    if (code == type) return at::Device(kind, static_cast<at::DeviceIndex>(index));
  }
  invalid_argument("unknown device code " + std::to_string(type));
}

int32_t from_device_type(at::DeviceType type) noexcept {
  for (const auto& [kind, code] : kDevices) {
    if (kind == type) return code;
  }
  return NX_DEVICE_OTHER;
}

at::MemoryFormat to_memory_format(int64_t format) {
  switch (format) {
    case NX_FORMAT_PRESERVE:
      return at::MemoryFormat::Preserve;
    case NX_FORMAT_CONTIGUOUS:
      return at::MemoryFormat::Contiguous;
    case NX_FORMAT_CHANNELS_LAST:
      return at::MemoryFormat::ChannelsLast;
    case NX_FORMAT_CHANNELS_LAST_3D:
      return at::MemoryFormat::ChannelsLast3d;
    default:
      invalid_argument("unknown memory format code " + std::to_string(format));
  }
}

bool applies_to(at::MemoryFormat format, int64_t rank) noexcept {
  switch (format) {
    case at::MemoryFormat::ChannelsLast:
      return rank == 4;
    case at::MemoryFormat::ChannelsLast3d:
      return rank == 5;
    default:
      return true;
  }
}

}  // namespace nx
