package io.github.narthex.internal.torch;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.MemoryFormat;
import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Writes one {@code nx_value} of a call's arguments. A value that is not written is none. */
public final class ValueWriter {
  private final CallFrame frame;
  private final MemorySegment value;

  ValueWriter(CallFrame frame, MemorySegment value) {
    this.frame = frame;
    this.value = value;
  }

  public void tensor(TensorHandle tensor) {
    set(Narthex.NX_TENSOR(), 0, frame.hold(tensor));
  }

  public void generator(GeneratorHandle generator) {
    set(Narthex.NX_GENERATOR(), 0, frame.hold(generator));
  }

  public void integer(long number) {
    set(Narthex.NX_INT(), 0, number);
  }

  public void real(double number) {
    set(Narthex.NX_DOUBLE(), 0, Double.doubleToRawLongBits(number));
  }

  public void bool(boolean flag) {
    set(Narthex.NX_BOOL(), 0, flag ? 1 : 0);
  }

  public void string(String text) {
    string(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A string of any bytes. */
  public void string(byte[] bytes) {
    MemorySegment copy = frame.memory().allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    set(Narthex.NX_STRING(), bytes.length, copy.address());
  }

  public void integers(long[] numbers) {
    MemorySegment copy = frame.memory().allocateFrom(ValueLayout.JAVA_LONG, numbers);
    set(Narthex.NX_INT_LIST(), numbers.length, copy.address());
  }

  public void dtype(DType dtype) {
    set(Narthex.NX_DTYPE(), 0, Codes.of(dtype));
  }

  public void device(Device device) {
    set(Narthex.NX_DEVICE(), device.index(), Codes.of(device.type()));
  }

  public void memoryFormat(MemoryFormat format) {
    set(Narthex.NX_MEMORY_FORMAT(), 0, Codes.of(format));
  }

  /** An argument that is left out: the parameter's default. */
  public void leftOut() {
    set(Narthex.NX_DEFAULT(), 0, 0);
  }

  /** Begins a list of so many values; the result writes them. */
  public Items list(int length) {
    return items(Narthex.NX_LIST(), length, length);
  }

  /** Begins a tuple of so many values. */
  public Items tuple(int length) {
    return items(Narthex.NX_TUPLE(), length, length);
  }

  /** Begins a dict of so many entries, which are written as key, value, key, value, … */
  public Items dict(int length) {
    return items(Narthex.NX_DICT(), length, 2 * length);
  }

  /** Begins a named tuple of so many fields, which are written as name, value, name, value, … */
  public Items namedTuple(int length) {
    return items(Narthex.NX_NAMED_TUPLE(), length, 2 * length);
  }

  private Items items(int kind, int length, int slots) {
    MemorySegment array = nx_value.allocateArray(slots, frame.memory());
    set(kind, length, array.address());
    return index -> new ValueWriter(frame, nx_value.asSlice(array, index));
  }

  private void set(int kind, long length, long bits) {
    nx_value.kind(value, kind);
    nx_value.length(value, length);
    nx_value.bits(value, bits);
  }

  /** The values inside a list, tuple or dict. */
  @FunctionalInterface
  public interface Items {
    /** Writes the index-th of them. */
    ValueWriter at(int index);
  }
}
