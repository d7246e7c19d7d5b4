package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An {@code nx_nvtx}. */
public final class NvtxHandle extends Handle {
  private NvtxHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_nvtx_free, "NVTX ranges");
  }

  /**
   * Begins to make ranges.
   *
   * @throws IllegalStateException if they are made already
   * @throws io.github.narthex.UnsupportedException if libtorch has no NVTX
   */
  public static NvtxHandle start(Arena arena) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_nvtx_start(out));
      return new NvtxHandle(arena, out.get(ADDRESS, 0));
    } catch (IllegalArgumentException e) { // no argument could be wrong
      throw new IllegalStateException(e.getMessage(), e);
    }
  }
}
