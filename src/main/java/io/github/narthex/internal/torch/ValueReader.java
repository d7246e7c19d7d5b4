package io.github.narthex.internal.torch;

import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Reads one {@code nx_value} of a call's results, while its frame is open. */
public final class ValueReader {
  /** What a result is. */
  public enum Kind {
    NONE,
    TENSOR,
    INT,
    DOUBLE,
    BOOL,
    STRING,
    LIST,
    TUPLE,
    DICT,
    NAMED_TUPLE
  }

  private final MemorySegment value;

  ValueReader(MemorySegment value) {
    this.value = value;
  }

  public Kind kind() {
    int kind = nx_value.kind(value);
    if (kind == Narthex.NX_TENSOR()) {
      return Kind.TENSOR;
    } else if (kind == Narthex.NX_INT()) {
      return Kind.INT;
    } else if (kind == Narthex.NX_DOUBLE()) {
      return Kind.DOUBLE;
    } else if (kind == Narthex.NX_BOOL()) {
      return Kind.BOOL;
    } else if (kind == Narthex.NX_STRING()) {
      return Kind.STRING;
    } else if (kind == Narthex.NX_LIST()) {
      return Kind.LIST;
    } else if (kind == Narthex.NX_TUPLE()) {
      return Kind.TUPLE;
    } else if (kind == Narthex.NX_DICT()) {
      return Kind.DICT;
    } else if (kind == Narthex.NX_NAMED_TUPLE()) {
      return Kind.NAMED_TUPLE;
    }
    return Kind.NONE;
  }

  /** Takes the tensor over into the arena; from then on the value is none. */
  public TensorHandle tensor(Arena arena) {
    nx_value.kind(value, Narthex.NX_NONE());
    return TensorHandle.adopt(arena, nx_value.bits(value));
  }

  /** Frees the tensors that nobody has taken. */
  void freeTensors() {
    switch (kind()) {
      case TENSOR -> Narthex.nx_tensor_free(MemorySegment.ofAddress(nx_value.bits(value)));
      case LIST, TUPLE, DICT, NAMED_TUPLE -> {
        for (int i = 0; i < slots(); i++) {
          item(i).freeTensors();
        }
      }
      case NONE, INT, DOUBLE, BOOL, STRING -> {}
    }
  }

  /** Whether there are bytes or items that the shim allocated. */
  boolean ownsMemory() {
    return switch (kind()) {
      case STRING, LIST, TUPLE, DICT, NAMED_TUPLE -> true;
      case NONE, TENSOR, INT, DOUBLE, BOOL -> false;
    };
  }

  /** Whether the tensor's memory is the caller's. */
  public boolean isBorrowed() {
    return (nx_value.length(value) & Narthex.NX_VALUE_BORROWED()) != 0;
  }

  public long integer() {
    return nx_value.bits(value);
  }

  public double real() {
    return Double.longBitsToDouble(nx_value.bits(value));
  }

  public boolean bool() {
    return nx_value.bits(value) != 0;
  }

  public String string() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** The bytes of a string, which need not be text. */
  public byte[] bytes() {
    return MemorySegment.ofAddress(nx_value.bits(value))
        .reinterpret(nx_value.length(value))
        .toArray(ValueLayout.JAVA_BYTE);
  }

  /** Items of a list or tuple, entries of a dict, fields of a named tuple. */
  public int length() {
    return Math.toIntExact(nx_value.length(value));
  }

  /**
   * The index-th item of a list or tuple; the entries of a dict and the fields of a named tuple lie
   * as key, value, key, value, …
   */
  public ValueReader item(int index) {
    MemorySegment array =
        MemorySegment.ofAddress(nx_value.bits(value)).reinterpret(slots() * nx_value.sizeof());
    return new ValueReader(nx_value.asSlice(array, index));
  }

  private long slots() {
    boolean isPairs = kind() == Kind.DICT || kind() == Kind.NAMED_TUPLE;
    return nx_value.length(value) * (isPairs ? 2 : 1);
  }
}
