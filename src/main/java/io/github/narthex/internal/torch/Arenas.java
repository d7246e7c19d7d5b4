package io.github.narthex.internal.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Checks of the arenas that callers hand in. */
public final class Arenas {
  /** Never started: memory that it may touch is not confined to one thread. */
  private static final Thread ANOTHER_THREAD = Thread.ofPlatform().unstarted(() -> {});

  private Arenas() {}

  /** Whether the memory is not confined to one thread. */
  public static boolean isShared(MemorySegment memory) {
    return memory.isAccessibleBy(ANOTHER_THREAD);
  }

  /**
   * Checks that this thread can put something into the arena, before work is done for it.
   *
   * @throws IllegalStateException if it is closed
   * @throws WrongThreadException if it is another thread's confined arena
   * @throws io.github.narthex.NativeLibraryException if the shim can't be loaded
   */
  public static void requireOpen(Arena arena) {
    // First, since it has the better message where Java refuses native access.
    NativeLibrary.require();
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("the arena is closed");
    }
    // An arena tells nothing about its thread; but it refuses others to put something into it.
    try {
      MemorySegment.NULL.reinterpret(arena, null);
    } catch (WrongThreadException e) {
      throw new WrongThreadException("the arena is confined to another thread");
    }
  }

  /**
   * Checks that another thread can put something into the arena.
   *
   * @throws IllegalArgumentException if it is confined to this thread; also as {@link #requireOpen}
   */
  public static void requireShared(Arena arena) {
    requireOpen(arena);
    if (!isShared(MemorySegment.NULL.reinterpret(arena, null))) {
      throw new IllegalArgumentException(
          "the results come from another thread, which can't use a confined arena: give one of"
              + " Arena.ofShared()");
    }
  }
}
