package io.github.narthex.profile;

import io.github.narthex.NativeLibraryException;
import io.github.narthex.internal.torch.MemoryWatchHandle;
import java.lang.foreign.Arena;

/**
 * Counts the memory that libtorch takes for tensors on the host, of all threads, from {@link
 * #track} on. While nobody watches, that costs nothing; with a watch, some nanoseconds for each
 * tensor.
 *
 * <pre>{@code
 * try (MemoryWatch watch = MemoryWatch.track()) {
 *   model.forward(arena, input);
 *   System.out.println(watch.read().peakChangeBytes());
 * }
 * }</pre>
 *
 * <p>Watches may be nested and overlap. Any thread may read and close one.
 */
public final class MemoryWatch implements AutoCloseable {
  private final Arena arena;
  private final MemoryWatchHandle handle;

  /**
   * What was counted since a watch began.
   *
   * @param allocations how often memory was taken
   * @param takenBytes how much was taken, with what has been given back since
   * @param changeBytes what was taken without what was given back; less than 0 where older tensors
   *     were freed
   * @param peakChangeBytes the most that this has been, 0 at least
   */
  public record Reading(
      long allocations, long takenBytes, long changeBytes, long peakChangeBytes) {}

  private MemoryWatch(Arena arena, MemoryWatchHandle handle) {
    this.arena = arena;
    this.handle = handle;
  }

  /**
   * Begins to count.
   *
   * @return to be closed by the caller
   * @throws IllegalStateException if there are 16 watches already
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static MemoryWatch track() {
    Arena arena = Arena.ofShared();
    try {
      return new MemoryWatch(arena, MemoryWatchHandle.start(arena));
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /**
   * What was counted by now.
   *
   * @throws IllegalStateException if it was closed
   */
  public Reading read() {
    MemoryWatchHandle.Counts counts = handle.read();
    return new Reading(
        counts.allocations(), counts.takenBytes(), counts.changeBytes(), counts.peakChangeBytes());
  }

  /** Ends it; a second time does nothing. */
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
