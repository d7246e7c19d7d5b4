package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** An {@code nx_profiler}. */
public final class ProfilerHandle extends Handle {
  /** What can be recorded besides names and times. */
  public enum Option {
    SHAPES,
    MEMORY,
    MODULES,
    FLOPS,
    DEVICE
  }

  private ProfilerHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_profiler_free, "profiler");
  }

  /**
   * Begins to record.
   *
   * @throws IllegalStateException if a profiler is running already
   * @throws io.github.narthex.UnsupportedException if there is no GPU to record
   */
  public static ProfilerHandle start(Arena arena, Iterable<Option> options) {
    NativeLibrary.require();
    long bits = 0;
    for (Option option : options) {
      bits |=
          switch (option) {
            case SHAPES -> Narthex.NX_PROFILE_SHAPES();
            case MEMORY -> Narthex.NX_PROFILE_MEMORY();
            case MODULES -> Narthex.NX_PROFILE_MODULES();
            case FLOPS -> Narthex.NX_PROFILE_FLOPS();
            case DEVICE -> Narthex.NX_PROFILE_DEVICE();
          };
    }
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_profiler_start(bits, out));
      return new ProfilerHandle(arena, out.get(ADDRESS, 0));
    } catch (IllegalArgumentException e) { // no argument could be wrong
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Ends the recording and writes its names and events as result 0 of the frame. */
  public void stop(CallFrame frame) {
    Errors.check(Narthex.nx_profiler_stop(segment(), frame.results()));
  }

  /** Writes the trace, once it has ended. */
  public void save(Path file) {
    try (Scratch call = Scratch.open()) {
      Errors.check(Narthex.nx_profiler_save(segment(), call.allocateFrom(file.toString())));
    }
  }
}
