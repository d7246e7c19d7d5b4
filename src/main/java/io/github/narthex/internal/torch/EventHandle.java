package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.narthex.Device;
import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An {@code nx_event}. */
public final class EventHandle extends Handle {
  private EventHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_event_free, "event");
  }

  public static EventHandle open(Arena arena, Device device, boolean isTimed) {
    Arenas.requireOpen(arena);
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(
          Narthex.nx_event_new(Codes.of(device.type()), device.index(), isTimed ? 1 : 0, out));
      return new EventHandle(arena, out.get(ADDRESS, 0));
    }
  }

  public boolean hasHappened() {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_INT);
      Errors.check(Narthex.nx_event_query(segment(), out));
      return out.get(JAVA_INT, 0) != 0;
    }
  }

  public void synchronize() {
    Errors.check(Narthex.nx_event_synchronize(segment()));
  }

  /** Milliseconds until another one. */
  public double millisUntil(EventHandle end) {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_DOUBLE);
      Errors.check(Narthex.nx_event_elapsed(segment(), end.segment(), out));
      return out.get(JAVA_DOUBLE, 0);
    }
  }
}
