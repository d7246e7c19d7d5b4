package io.github.narthex.profile;

import org.jspecify.annotations.Nullable;

/**
 * Something that happened while a profiler ran.
 *
 * @param kind what it is
 * @param name an operator as libtorch has it, such as {@code aten::conv2d}; a range as it was
 *     named; a kernel's name
 * @param startNanos since the profile began
 * @param durationNanos how long it took; 0 of memory
 * @param thread libtorch's number of the thread; of a kernel, the stream
 * @param deviceIndex of the device, of a kernel or of memory; -1 for the host
 * @param shapes sizes of an operator's inputs, such as {@code [[2, 3], []]}; null if not recorded
 * @param module the part of the model that it stands in; null if not recorded or in none
 * @param flops floating-point operations; 0 if not recorded or not known
 * @param bytes of memory that was taken, or given back if negative
 * @param correlation an operator's number; of a kernel, that of the operator that started it
 */
public record ProfiledEvent(
    Kind kind,
    String name,
    long startNanos,
    long durationNanos,
    long thread,
    int deviceIndex,
    @Nullable String shapes,
    @Nullable String module,
    long flops,
    long bytes,
    long correlation) {
  /** What an event is. */
  public enum Kind {
    /** A call of an operator. */
    OPERATOR,
    /** A range that the program has named. */
    RANGE,
    /** Memory of tensors, on the host or on a device, taken or given back. */
    MEMORY,
    /** A kernel or a copy of a device. */
    DEVICE,
    /** Something else. */
    OTHER
  }

  /** When it ended, since the profile began. */
  public long endNanos() {
    return startNanos + durationNanos;
  }
}
