package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A range of a profile, of the Flight Recorder, or of both. */
public final class RangeHandle {
  private final @Nullable MemorySegment address;
  private final @Nullable Runnable recorded;

  private RangeHandle(@Nullable MemorySegment address, @Nullable Runnable recorded) {
    this.address = address;
    this.recorded = recorded;
  }

  /** Whether the Flight Recorder wants ranges now; allocates nothing. */
  public static boolean areRecorded() {
    return FlightEvents.mayBeWanted() && RangeEvents.areWanted();
  }

  /**
   * Begins a range on this thread.
   *
   * @param isProfiled whether a profile wants it
   */
  public static RangeHandle begin(String name, boolean isProfiled) {
    Runnable recorded = areRecorded() ? RangeEvents.begin(name) : null;
    if (!isProfiled) {
      return new RangeHandle(null, recorded);
    }
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_range_begin(call.allocateFrom(name), out));
      return new RangeHandle(out.get(ADDRESS, 0), recorded);
    }
  }

  /** Ends it, once, on the same thread. */
  public void end() {
    if (address != null) {
      Narthex.nx_range_end(address);
    }
    if (recorded != null) {
      recorded.run();
    }
  }
}
