package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An {@code nx_operator_times}. */
public final class OperatorTimesHandle extends Handle {
  private OperatorTimesHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_operator_times_free, "recording");
  }

  /**
   * Begins to measure.
   *
   * @throws IllegalStateException if there is a measurement already
   */
  public static OperatorTimesHandle start(Arena arena) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_operator_times_start(out));
      return new OperatorTimesHandle(arena, out.get(ADDRESS, 0));
    } catch (IllegalArgumentException e) { // it has no argument that could be wrong
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Ends the measurement and writes what came of it as result 0 of the frame. */
  public void stop(CallFrame frame) {
    Errors.check(Narthex.nx_operator_times_stop(segment(), frame.results()));
  }
}
