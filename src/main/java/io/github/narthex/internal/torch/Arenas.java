package io.github.narthex.internal.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Checks of the arenas that callers hand in. */
public final class Arenas {
  private Arenas() {}

  /**
   * Checks that this thread can put something into the arena, before work is done for it.
   *
   * @throws IllegalStateException if it is closed
   * @throws WrongThreadException if it is another thread's confined arena
   */
  public static void requireOpen(Arena arena) {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("the arena is closed");
    }
    // An arena tells nothing about its thread; a segment of it does, and this one costs nothing.
    if (!MemorySegment.NULL.reinterpret(arena, null).isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException("the arena is confined to another thread");
    }
  }
}
