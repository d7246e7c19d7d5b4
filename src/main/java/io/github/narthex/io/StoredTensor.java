package io.github.narthex.io;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.narthex.DType;
import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.NativeLibraryException;
import io.github.narthex.Operator;
import io.github.narthex.Tensor;
import io.github.narthex.TensorInfo;
import io.github.narthex.Value;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A tensor in a {@link TensorFile}: known by dtype and shape, its elements read when they are asked
 * for.
 *
 * <p>Lifetime and threads: as the arena that the file was opened in.
 */
public final class StoredTensor {
  private final TensorInfo info;
  private final Storage storage;
  private final long offset;
  private final long[] strides;
  private @Nullable Tensor tensor;

  private StoredTensor(TensorInfo info, Storage storage, long offset, long[] strides) {
    this.info = info;
    this.storage = storage;
    this.offset = offset;
    this.strides = strides;
  }

  /**
   * Elements of a storage, after a check that none lies outside of it.
   *
   * @param offset of the first element, in elements
   * @param strides in elements, one for each dimension, not negative
   * @throws InputException if one does
   */
  static StoredTensor of(TensorInfo info, Storage storage, long offset, long[] strides) {
    long bytes;
    try {
      bytes = info.byteSize() == 0 ? 0 : end(info, offset, strides);
    } catch (ArithmeticException e) {
      throw storage.file().bad("a tensor is too large: " + e.getMessage(), e);
    }
    if (offset < 0 || bytes > storage.byteSize()) {
      throw storage
          .file()
          .bad(
              "a tensor (%s) takes %d bytes of a storage that has %d"
                  .formatted(info, bytes, storage.byteSize()));
    }
    return new StoredTensor(info, storage, offset, strides);
  }

  /** Row-major elements from the beginning of a storage. */
  static StoredTensor of(TensorInfo info, Storage storage) {
    return of(info, storage, 0, DenseCopy.rowMajorStrides(info.shape()));
  }

  /** Where the last element ends, in bytes. */
  private static long end(TensorInfo info, long offset, long[] strides) {
    long last = offset;
    for (int d = 0; d < strides.length; d++) {
      last = Math.addExact(last, Math.multiplyExact(info.shape().dim(d) - 1, strides[d]));
    }
    return Math.multiplyExact(Math.addExact(last, 1), info.dtype().byteSize());
  }

  /** The dtype and the shape. */
  public TensorInfo info() {
    return info;
  }

  /**
   * Whether {@link #tensor} costs no copy: the elements lie in the file uncompressed, aligned for
   * the dtype and in the byte order of this machine, and the file may be written.
   */
  public boolean isInPlace() {
    return storage.isInPlace(info.dtype());
  }

  /**
   * The tensor, in the file's arena, with the strides that it was saved with. Where {@link
   * #isInPlace}, it is a view of the mapped file; what is written to it does not reach the file.
   * Otherwise it is over a copy. It is the same at every call, and tensors that shared memory when
   * they were saved by {@code torch.save} share it here. A byte of a bool that is neither 0 nor 1
   * becomes 1, as Python sees it.
   *
   * @throws InputException if the file is damaged where it is compressed, or would take too much
   *     memory for its size
   * @throws DeviceMemoryException if there is no memory for a copy
   * @throws NativeLibraryException if libtorch can't be loaded
   * @throws IllegalStateException if the arena is closed
   */
  public synchronized Tensor tensor() {
    Tensor known = tensor;
    if (known == null) {
      known = info.byteSize() == 0 ? empty() : view();
      tensor = known;
    }
    return known;
  }

  private Tensor empty() {
    return Tensor.empty(storage.file().arena(), info.dtype(), info.shape());
  }

  private Tensor view() {
    Storage.Whole whole = storage.whole(info.dtype());
    if (info.dtype() == DType.BOOL) {
      cleanBools(whole.memory().asSlice(offset, end(info, offset, strides) - offset));
    }
    return Operator.of("aten::as_strided")
        .call(
            storage.file().arena(),
            Value.of(whole.tensor()),
            Value.of(info.shape().toArray()),
            Value.of(strides),
            Value.of(offset))
        .getFirst()
        .tensor();
  }

  /** With any other byte than 0 and 1, libtorch's behaviour is undefined. */
  private static void cleanBools(MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      // Only where it must be: what is written to becomes a copy of the file's page.
      if ((bytes.get(JAVA_BYTE, i) & 0xfe) != 0) {
        bytes.set(JAVA_BYTE, i, (byte) 1);
      }
    }
  }

  /** For example {@code float32 64x3x7x7}. */
  @Override
  public String toString() {
    return info.toString();
  }
}
