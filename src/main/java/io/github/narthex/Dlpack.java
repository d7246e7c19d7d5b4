package io.github.narthex;

import io.github.narthex.internal.torch.TensorHandle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A tensor on its way to another native library of the process, without a copy, by the DLPack
 * convention: both sides see the same elements, and these live until the last of both is done.
 *
 * <pre>{@code
 * try (Dlpack out = Dlpack.of(tensor)) {
 *   other.takeDlpack(out.address());   // may throw: then it is freed here
 *   out.taken();                       // from here on it is the other library's
 * }
 * Tensor in = Dlpack.tensor(arena, other.giveDlpack(), Dlpack.Format.VERSIONED);
 * }</pre>
 *
 * <p>Any thread may use one; one thread at a time.
 */
public final class Dlpack implements AutoCloseable {
  /** Which structure stands at the address. */
  public enum Format {
    /** {@code DLManagedTensorVersioned}, of DLPack 1.0 and later. */
    VERSIONED,
    /** {@code DLManagedTensor}, of older libraries. */
    UNVERSIONED;

    private boolean isVersioned() {
      return this == VERSIONED;
    }
  }

  private final Format format;
  private MemorySegment managed;

  private Dlpack(Format format, MemorySegment managed) {
    this.format = format;
    this.managed = managed;
  }

  /** Makes one in the format of DLPack 1.0 and later. */
  public static Dlpack of(Tensor tensor) {
    return of(tensor, Format.VERSIONED);
  }

  /**
   * Makes one. The tensor itself stays as it is, and may be closed before the other library is
   * done.
   *
   * @return to be closed by the caller
   * @throws IllegalArgumentException if its memory is a segment of the caller's ({@link
   *     Tensor#copy(Arena)} copies it): another library could not know until when that lives
   * @throws OperatorException if it is of a kind that the convention does not have, such as sparse
   *     or quantised
   * @throws IllegalStateException if the tensor is closed
   */
  public static Dlpack of(Tensor tensor, Format format) {
    return new Dlpack(format, tensor.handle().toDlpack(format.isVersioned()));
  }

  /**
   * Makes a tensor of what another library hands over. From then on that is the tensor's, which
   * calls its deleter when the arena is closed and nothing shares its memory; the deleter may run
   * on any thread.
   *
   * @param arena owns the tensor
   * @param managed the structure's address
   * @throws IllegalArgumentException if it is NULL, of another version, or marked as read-only; it
   *     is still the other library's
   * @throws OperatorException if it has a dtype or a device that libtorch does not have here; it is
   *     still the other library's
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Tensor tensor(Arena arena, MemorySegment managed, Format format) {
    return new Tensor(arena, TensorHandle.fromDlpack(arena, managed, format.isVersioned()), null);
  }

  /**
   * Where the structure is, for the other library.
   *
   * @throws IllegalStateException if it was taken or closed
   */
  public MemorySegment address() {
    if (managed.address() == 0) {
      throw new IllegalStateException("the DLPack structure was taken or closed before");
    }
    return managed;
  }

  /**
   * Says that the other library has taken it, and will call its deleter.
   *
   * @throws IllegalStateException if it was taken or closed
   */
  public void taken() {
    address();
    managed = MemorySegment.NULL;
  }

  /** Frees it, if nobody has taken it. */
  @Override
  public void close() {
    MemorySegment left = managed;
    managed = MemorySegment.NULL;
    TensorHandle.freeDlpack(left, format.isVersioned());
  }
}
