package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An {@code nx_memory_watch}. */
public final class MemoryWatchHandle extends Handle {
  /**
   * What it has counted since it began.
   *
   * @param allocations how often memory was taken
   * @param takenBytes how much was taken
   * @param changeBytes what was taken without what was given back
   * @param peakChangeBytes the most that this has been
   */
  public record Counts(long allocations, long takenBytes, long changeBytes, long peakChangeBytes) {}

  private MemoryWatchHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_memory_watch_free, "memory watch");
  }

  /**
   * Begins to count.
   *
   * @throws IllegalStateException if there are too many already
   */
  public static MemoryWatchHandle start(Arena arena) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_memory_watch_start(out));
      return new MemoryWatchHandle(arena, out.get(ADDRESS, 0));
    } catch (IllegalArgumentException e) { // no argument could be wrong
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** What it has counted by now. */
  public Counts read() {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_LONG, Narthex.NX_MEMORY_COLUMNS());
      Narthex.nx_memory_watch_read(segment(), out);
      return new Counts(
          out.getAtIndex(JAVA_LONG, Narthex.NX_MEMORY_ALLOCATIONS()),
          out.getAtIndex(JAVA_LONG, Narthex.NX_MEMORY_TAKEN()),
          out.getAtIndex(JAVA_LONG, Narthex.NX_MEMORY_CHANGE()),
          out.getAtIndex(JAVA_LONG, Narthex.NX_MEMORY_PEAK_CHANGE()));
    }
  }
}
