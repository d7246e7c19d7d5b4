package io.github.narthex.io;

import io.github.narthex.DType;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** What formats of files call the dtypes. */
final class DTypeNames {
  private static final Map<String, DType> SAFETENSORS =
      Map.ofEntries(
          Map.entry("F64", DType.FLOAT64),
          Map.entry("F32", DType.FLOAT32),
          Map.entry("F16", DType.FLOAT16),
          Map.entry("BF16", DType.BFLOAT16),
          Map.entry("I64", DType.INT64),
          Map.entry("I32", DType.INT32),
          Map.entry("I16", DType.INT16),
          Map.entry("I8", DType.INT8),
          Map.entry("U64", DType.UINT64),
          Map.entry("U32", DType.UINT32),
          Map.entry("U16", DType.UINT16),
          Map.entry("U8", DType.UINT8),
          Map.entry("BOOL", DType.BOOL),
          Map.entry("C64", DType.COMPLEX64),
          Map.entry("F8_E4M3", DType.FLOAT8_E4M3FN),
          Map.entry("F8_E4M3FNUZ", DType.FLOAT8_E4M3FNUZ),
          Map.entry("F8_E5M2", DType.FLOAT8_E5M2),
          Map.entry("F8_E5M2FNUZ", DType.FLOAT8_E5M2FNUZ),
          Map.entry("F8_E8M0", DType.FLOAT8_E8M0FNU));

  /** Torch's classes of storages; storages of other dtypes are written without a type. */
  private static final Map<String, DType> STORAGES =
      Map.ofEntries(
          Map.entry("DoubleStorage", DType.FLOAT64),
          Map.entry("FloatStorage", DType.FLOAT32),
          Map.entry("HalfStorage", DType.FLOAT16),
          Map.entry("BFloat16Storage", DType.BFLOAT16),
          Map.entry("LongStorage", DType.INT64),
          Map.entry("IntStorage", DType.INT32),
          Map.entry("ShortStorage", DType.INT16),
          Map.entry("CharStorage", DType.INT8),
          Map.entry("ByteStorage", DType.UINT8),
          Map.entry("BoolStorage", DType.BOOL),
          Map.entry("ComplexFloatStorage", DType.COMPLEX64),
          Map.entry("ComplexDoubleStorage", DType.COMPLEX128));

  private DTypeNames() {}

  /** The dtype of that name of torch's, but for those that need more than their elements. */
  static Optional<DType> torch(String name) {
    return Arrays.stream(DType.values())
        .filter(dtype -> dtype.toString().equals(name) && !dtype.isQuantized())
        .findFirst();
  }

  /** The dtype of that name of safetensors'. */
  static Optional<DType> safetensors(String name) {
    return Optional.ofNullable(SAFETENSORS.get(name));
  }

  /** What safetensors calls a dtype, if it has it. */
  static Optional<String> safetensorsName(DType dtype) {
    return key(SAFETENSORS, dtype);
  }

  /** The dtype of a storage's class, such as {@code FloatStorage}. */
  static Optional<DType> storage(String name) {
    return Optional.ofNullable(STORAGES.get(name));
  }

  /** The class of a storage of that dtype, if there is one. */
  static Optional<String> storageName(DType dtype) {
    return key(STORAGES, dtype);
  }

  private static Optional<String> key(Map<String, DType> names, DType dtype) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue() == dtype)
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
