package io.github.narthex.internal.torch;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.ModelLoadException;
import io.github.narthex.OperatorException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.MemorySegment;

/** Turns the shim's errors into exceptions. */
final class Errors {
  private Errors() {}

  /** Throws what an {@code nx_error *} stands for, and frees it; NULL is success. */
  static void check(MemorySegment error) {
    if (error.address() != 0) {
      throw exception(error);
    }
  }

  /** The same for an address, as calls that must not allocate return it. */
  static void check(long error) {
    if (error != 0) {
      throw exception(MemorySegment.ofAddress(error));
    }
  }

  private static RuntimeException exception(MemorySegment error) {
    RuntimeException failure = taken(error);
    if (FlightEvents.mayBeWanted()) {
      NativeErrorEvent.emit(failure);
    }
    return failure;
  }

  private static RuntimeException taken(MemorySegment error) {
    int code = Narthex.nx_error_code(error);
    String message = text(Narthex.nx_error_message(error));
    String detail = text(Narthex.nx_error_detail(error));
    Narthex.nx_error_free(error);
    if (code == Narthex.NX_ERROR_INVALID_ARGUMENT()) {
      return new IllegalArgumentException(message);
    }
    if (code == Narthex.NX_ERROR_OUT_OF_MEMORY()) {
      return new DeviceMemoryException(message, detail);
    }
    if (code == Narthex.NX_ERROR_MODEL()) {
      return new ModelLoadException(message, detail);
    }
    if (code == Narthex.NX_ERROR_UNSUPPORTED()) {
      return new UnsupportedException(message, detail);
    }
    if (code == Narthex.NX_ERROR_STATE()) {
      return new IllegalStateException(message);
    }
    return new OperatorException(message, detail);
  }

  /** libtorch's messages may quote a file's bytes, which need not be UTF-8. */
  private static String text(MemorySegment chars) {
    try {
      return chars.getString(0);
    } catch (IllegalArgumentException e) {
      return "(a message that is not UTF-8)";
    }
  }
}
