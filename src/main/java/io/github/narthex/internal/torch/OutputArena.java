package io.github.narthex.internal.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The arena of what one run of a session returned, and of what is computed of it there. Its handles
 * say, once they are closed, that it was the session that closed them.
 */
public final class OutputArena implements Arena {
  private final Arena arena;
  private volatile boolean ended;

  /**
   * A new arena.
   *
   * @param isConfined whether only this thread may use it
   */
  public OutputArena(boolean isConfined) {
    arena = isConfined ? Arena.ofConfined() : Arena.ofShared();
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    return arena.allocate(byteSize, byteAlignment);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
  }

  /** Notes that the session itself ends, and closes this for that reason. */
  public void closeWithSession() {
    ended = true;
    arena.close();
  }

  /** Why it is closed. */
  String reason() {
    return ended
        ? "its session was closed"
        : "its session has run again since: keep(arena) what must stay";
  }
}
