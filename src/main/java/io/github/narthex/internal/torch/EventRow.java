package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.MemorySegment;

/** One event of a profile, in place. */
public final class EventRow {
  private final MemorySegment events;
  private final long index;

  /**
   * A row.
   *
   * @param events the table of all
   */
  public EventRow(MemorySegment events, long index) {
    this.events = events;
    this.index = index;
  }

  /** Kinds of events, in the order of {@code NX_EVENT_OPERATOR} and so on. */
  public enum Kind {
    OPERATOR,
    RANGE,
    MEMORY,
    DEVICE,
    OTHER
  }

  /** How many rows a table has. */
  public static long count(MemorySegment events) {
    return events.byteSize() / JAVA_LONG.byteSize() / Narthex.NX_EVENT_COLUMNS();
  }

  private long column(int column) {
    return events.getAtIndex(JAVA_LONG, index * Narthex.NX_EVENT_COLUMNS() + column);
  }

  /** A position among the names. */
  public int name() {
    return (int) column(Narthex.NX_EVENT_NAME());
  }

  /** What it is. */
  public Kind kind() {
    return Kind.values()[(int) column(Narthex.NX_EVENT_KIND())];
  }

  /** Since the profile began. */
  public long startNanos() {
    return column(Narthex.NX_EVENT_START_NS());
  }

  /** How long it took. */
  public long durationNanos() {
    return column(Narthex.NX_EVENT_DURATION_NS());
  }

  /** libtorch's number of the thread; of a kernel, the stream. */
  public long thread() {
    return column(Narthex.NX_EVENT_THREAD());
  }

  /** Of a kernel or of memory; -1 for the host. */
  public int deviceIndex() {
    return (int) column(Narthex.NX_EVENT_DEVICE_INDEX());
  }

  /** A position among the names, or -1. */
  public int shapes() {
    return (int) column(Narthex.NX_EVENT_SHAPES());
  }

  /** A position among the names, or -1. */
  public int module() {
    return (int) column(Narthex.NX_EVENT_MODULE());
  }

  /** Floating-point operations, 0 if not known. */
  public long flops() {
    return column(Narthex.NX_EVENT_FLOPS());
  }

  /** Of memory that was taken, or given back if negative. */
  public long bytes() {
    return column(Narthex.NX_EVENT_BYTES());
  }

  /** An operator's number; of a kernel, that of its operator. */
  public long correlation() {
    return column(Narthex.NX_EVENT_CORRELATION());
  }
}
