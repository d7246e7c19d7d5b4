package io.github.narthex.internal.torch;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls that work on a Java array in place. While one runs, the collector can't move the array and
 * no thread gets to a safepoint: so they are only for short work that waits for nothing.
 */
final class HeapCalls {
  private HeapCalls() {}

  // Each is linked when it is first needed, which takes milliseconds.
  private static final class Read {
    static final MethodHandle HANDLE =
        link(Narthex.nx_tensor_read$address(), Narthex.nx_tensor_read$descriptor());
  }

  private static final class Write {
    static final MethodHandle HANDLE =
        link(Narthex.nx_tensor_write$address(), Narthex.nx_tensor_write$descriptor());
  }

  private static MethodHandle link(MemorySegment function, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(function, descriptor, Linker.Option.critical(true));
  }

  /** {@code nx_tensor_read} to an array. */
  static MemorySegment read(MemorySegment tensor, int dtype, MemorySegment array) {
    try {
      return (MemorySegment) Read.HANDLE.invokeExact(tensor, dtype, array, array.byteSize());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws no checked exception", e);
    }
  }

  /** {@code nx_tensor_write} from an array. */
  static MemorySegment write(MemorySegment tensor, int dtype, MemorySegment array) {
    try {
      return (MemorySegment) Write.HANDLE.invokeExact(tensor, dtype, array, array.byteSize());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws no checked exception", e);
    }
  }
}
