package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_value;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An {@code nx_operator}; it lives for ever. */
public final class OperatorHandle {
  private final MemorySegment address;
  private final int returnCount;
  private final int plainCount;

  private OperatorHandle(MemorySegment address) {
    this.address = address;
    this.returnCount = Math.toIntExact(Narthex.nx_operator_return_count(address));
    this.plainCount = Math.toIntExact(Narthex.nx_operator_plain_count(address));
  }

  /** Looks an operator up, such as {@code aten::add} and {@code Tensor}. */
  public static OperatorHandle find(String name, String overload) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(
          Narthex.nx_operator_find(call.allocateFrom(name), call.allocateFrom(overload), out));
      return new OperatorHandle(out.get(ADDRESS, 0));
    }
  }

  public String schema() {
    return Narthex.nx_operator_schema(address).getString(0);
  }

  /** Writes what the schema says, as the header has it, to the frame's first result. */
  public void describe(CallFrame frame) {
    Errors.check(Narthex.nx_operator_describe(address, frame.results()));
  }

  public int returnCount() {
    return returnCount;
  }

  /** How many tensors {@link #callPlain} takes, one or two; 0 if it can't be called that way. */
  public int plainCount() {
    return plainCount;
  }

  /**
   * Calls the operator with tensors alone, which the linker holds, so that no frame is needed.
   *
   * @param second null for an operator that takes one
   * @param reader takes the result over
   */
  public <T> T callPlain(
      TensorHandle first, @Nullable TensorHandle second, Function<ValueReader, T> reader) {
    try (Scratch call = Scratch.open()) {
      MemorySegment result = nx_value.allocate(call);
      Errors.check(
          Narthex.nx_operator_call_plain(
              address,
              first.segment(),
              second == null ? MemorySegment.NULL : second.segment(),
              result));
      ValueReader value = new ValueReader(result);
      try {
        return reader.apply(value);
      } finally {
        value.freeTensors();
      }
    }
  }

  /** Calls the operator with the frame's arguments; the frame then holds its results. */
  public void call(CallFrame frame, @Nullable TraceHandle trace) {
    Errors.check(
        Narthex.nx_operator_call(
            address,
            trace == null ? MemorySegment.NULL : trace.segment(),
            frame.arguments(),
            frame.argumentCount(),
            frame.kept(0),
            frame.kept(1),
            frame.kept(2),
            frame.kept(3),
            frame.results()));
  }
}
