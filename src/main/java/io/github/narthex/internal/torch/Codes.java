package io.github.narthex.internal.torch;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.GpuSwitch;
import io.github.narthex.MemoryFormat;
import io.github.narthex.UnsupportedException;
import io.github.narthex.internal.bindings.Narthex;

/** Translation between the shim's constants and the core's values. */
final class Codes {
  private Codes() {}

  static int of(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> Narthex.NX_DTYPE_FLOAT32();
      case FLOAT64 -> Narthex.NX_DTYPE_FLOAT64();
      case FLOAT16 -> Narthex.NX_DTYPE_FLOAT16();
      case BFLOAT16 -> Narthex.NX_DTYPE_BFLOAT16();
      case INT8 -> Narthex.NX_DTYPE_INT8();
      case INT16 -> Narthex.NX_DTYPE_INT16();
      case INT32 -> Narthex.NX_DTYPE_INT32();
      case INT64 -> Narthex.NX_DTYPE_INT64();
      case UINT8 -> Narthex.NX_DTYPE_UINT8();
      case BOOL -> Narthex.NX_DTYPE_BOOL();
      case UINT16 -> Narthex.NX_DTYPE_UINT16();
      case UINT32 -> Narthex.NX_DTYPE_UINT32();
      case UINT64 -> Narthex.NX_DTYPE_UINT64();
      case COMPLEX64 -> Narthex.NX_DTYPE_COMPLEX64();
      case COMPLEX128 -> Narthex.NX_DTYPE_COMPLEX128();
      case FLOAT8_E4M3FN -> Narthex.NX_DTYPE_FLOAT8_E4M3FN();
      case FLOAT8_E4M3FNUZ -> Narthex.NX_DTYPE_FLOAT8_E4M3FNUZ();
      case FLOAT8_E5M2 -> Narthex.NX_DTYPE_FLOAT8_E5M2();
      case FLOAT8_E5M2FNUZ -> Narthex.NX_DTYPE_FLOAT8_E5M2FNUZ();
      case FLOAT8_E8M0FNU -> Narthex.NX_DTYPE_FLOAT8_E8M0FNU();
      case QINT8 -> Narthex.NX_DTYPE_QINT8();
      case QUINT8 -> Narthex.NX_DTYPE_QUINT8();
      case QINT32 -> Narthex.NX_DTYPE_QINT32();
    };
  }

  static DType dtype(int code) {
    for (DType dtype : DType.values()) {
      if (of(dtype) == code) {
        return dtype;
      }
    }
    throw new UnsupportedException(
        "the tensor's dtype is one that Java can't carry (such as complex32 or less than 8 bits)");
  }

  static int of(GpuSwitch one) {
    return switch (one) {
      case TF32 -> Narthex.NX_SWITCH_TF32();
      case CUDNN_BENCHMARK -> Narthex.NX_SWITCH_CUDNN_BENCHMARK();
      case FLOAT32_SUMS -> Narthex.NX_SWITCH_FLOAT32_SUMS();
    };
  }

  static int of(Device.Type type) {
    return switch (type) {
      case CPU -> Narthex.NX_DEVICE_CPU();
      case CUDA -> Narthex.NX_DEVICE_CUDA();
      case XPU -> Narthex.NX_DEVICE_XPU();
      case MPS -> Narthex.NX_DEVICE_MPS();
      case PRIVATEUSEONE -> Narthex.NX_DEVICE_PRIVATE();
    };
  }

  static Device device(int type, int index) {
    for (Device.Type known : Device.Type.values()) {
      if (of(known) == type) {
        return new Device(known, Math.max(index, 0));
      }
    }
    throw new UnsupportedException("the tensor is on a device of a kind that Java can't name");
  }

  static int of(MemoryFormat format) {
    return switch (format) {
      case PRESERVE -> Narthex.NX_FORMAT_PRESERVE();
      case CONTIGUOUS -> Narthex.NX_FORMAT_CONTIGUOUS();
      case CHANNELS_LAST -> Narthex.NX_FORMAT_CHANNELS_LAST();
      case CHANNELS_LAST_3D -> Narthex.NX_FORMAT_CHANNELS_LAST_3D();
    };
  }
}
