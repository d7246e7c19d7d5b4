package io.github.narthex.profile;

import io.github.narthex.NativeLibraryException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.internal.torch.NvtxHandle;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * While it is open, operators and {@linkplain Profiler#range ranges} of all threads are NVTX ranges
 * too, which NVIDIA's Nsight Systems shows above the kernels that they start:
 *
 * <pre>{@code
 * try (NvtxRanges ranges = NvtxRanges.start();
 *     Profiler.Range request = Profiler.range("request")) {
 *   session.run();
 * }
 * }</pre>
 *
 * <p>Run the program under {@code nsys profile --trace=cuda,nvtx}. There it takes some hundred
 * nanoseconds of each operator, elsewhere less. A replayed run ({@link
 * io.github.narthex.Session#record}) calls no operators. It is libtorch's part for CUDA that speaks
 * to NVTX; one for ROCm speaks to roctx in its place.
 *
 * <p>There is one at a time in a process. Any thread may close it.
 */
public final class NvtxRanges implements AutoCloseable {
  private static final AtomicBoolean MADE = new AtomicBoolean();

  private final Arena arena;

  private NvtxRanges(Arena arena) {
    this.arena = arena;
  }

  /**
   * Begins to make them.
   *
   * @return to be closed by the caller
   * @throws UnsupportedException if this libtorch is one without CUDA
   * @throws IllegalStateException if they are made already
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static NvtxRanges start() {
    Arena arena = Arena.ofShared();
    try {
      NvtxHandle.start(arena);
      MADE.setRelease(true);
      return new NvtxRanges(arena);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** Whether somebody has them made; allocates nothing. */
  static boolean areMade() {
    return MADE.getAcquire();
  }

  /** Ends it; a second time does nothing. Ranges that are open end as they would have. */
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      MADE.setRelease(false);
      arena.close();
    }
  }
}
