package io.github.narthex.profile;

import io.github.narthex.NativeLibraryException;
import io.github.narthex.internal.files.WholeFile;
import io.github.narthex.internal.torch.ProfilerHandle;
import io.github.narthex.internal.torch.RangeHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Records the operators of all threads, one by one, through libtorch's own profiler (Kineto).
 *
 * <pre>{@code
 * try (Profiler profiler = Profiler.start()) {
 *   for (int i = 0; i < 10; i++) {
 *     try (Profiler.Range range = Profiler.range("request")) {
 *       model.forward(arena, input);
 *     }
 *   }
 *   profiler.stop().operators().rows().forEach(System.out::println);
 * }
 * }</pre>
 *
 * <p>Each call of an operator is kept, some hundred bytes, and takes about a microsecond longer.
 * For sums alone, over a long time, there is {@link io.github.narthex.OperatorTimes}. Warm up
 * before, or let {@link Options#schedule} do it, or the compilation of the model's code is in it.
 *
 * <p>There is one profiler at a time in a process. Any thread may step and end it.
 */
public final class Profiler implements AutoCloseable {
  /** The one that runs, which ranges ask for. */
  private static final AtomicReference<@Nullable Profiler> RUNNING = new AtomicReference<>();

  private final Options options;
  private @Nullable Recording recording;
  private Profile profile = Profile.EMPTY;
  private long step;
  private boolean hasEnded;

  /**
   * What to record, and when.
   *
   * @param shapes sizes of operators' inputs; takes some microseconds of each call
   * @param memory memory of tensors, on the host and on devices
   * @param modules which part of the model an operator stands in; of a model that was not frozen
   * @param flops floating-point operations of products and convolutions
   * @param device kernels and copies of the devices, as far as libtorch's profiler knows them:
   *     those of CUDA, ROCm and XPU
   * @param waitSteps steps before anything is recorded
   * @param warmupSteps steps that are recorded and forgotten, so that the profiler's own start is
   *     not in the profile
   * @param activeSteps steps that are recorded; 0 for all until {@link Profiler#stop}
   * @param trace a file for Perfetto and chrome://tracing, which is written at the end; null for
   *     none
   */
  public record Options(
      boolean shapes,
      boolean memory,
      boolean modules,
      boolean flops,
      boolean device,
      int waitSteps,
      int warmupSteps,
      int activeSteps,
      @Nullable Path trace) {
    /** Names and times, from the start on. */
    public static final Options DEFAULT =
        new Options(false, false, false, false, false, 0, 0, 0, null);

    /** Checks the schedule. */
    public Options {
      if (waitSteps < 0 || warmupSteps < 0 || activeSteps < 0) {
        throw new IllegalArgumentException(
            "expected numbers of steps, 0 or more, got %d, %d, %d"
                .formatted(waitSteps, warmupSteps, activeSteps));
      }
    }

    /** The same with sizes of operators' inputs. */
    public Options withShapes() {
      return new Options(
          true, memory, modules, flops, device, waitSteps, warmupSteps, activeSteps, trace);
    }

    /** The same with memory of tensors, on the host and on devices. */
    public Options withMemory() {
      return new Options(
          shapes, true, modules, flops, device, waitSteps, warmupSteps, activeSteps, trace);
    }

    /** The same with parts of the model. */
    public Options withModules() {
      return new Options(
          shapes, memory, true, flops, device, waitSteps, warmupSteps, activeSteps, trace);
    }

    /** The same with floating-point operations. */
    public Options withFlops() {
      return new Options(
          shapes, memory, modules, true, device, waitSteps, warmupSteps, activeSteps, trace);
    }

    /** The same with kernels and copies of the devices. */
    public Options withDevice() {
      return new Options(
          shapes, memory, modules, flops, true, waitSteps, warmupSteps, activeSteps, trace);
    }

    /**
     * The same in steps, between which the caller says {@link Profiler#step}.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public Options schedule(int wait, int warmup, int active) {
      return new Options(shapes, memory, modules, flops, device, wait, warmup, active, trace);
    }

    /** The same with a trace file. */
    public Options withTrace(Path file) {
      return new Options(
          shapes, memory, modules, flops, device, waitSteps, warmupSteps, activeSteps, file);
    }

    private Set<ProfilerHandle.Option> wanted() {
      Set<ProfilerHandle.Option> wanted = EnumSet.noneOf(ProfilerHandle.Option.class);
      if (shapes) {
        wanted.add(ProfilerHandle.Option.SHAPES);
      }
      if (memory) {
        wanted.add(ProfilerHandle.Option.MEMORY);
      }
      if (modules) {
        wanted.add(ProfilerHandle.Option.MODULES);
      }
      if (flops) {
        wanted.add(ProfilerHandle.Option.FLOPS);
      }
      if (device) {
        wanted.add(ProfilerHandle.Option.DEVICE);
      }
      return wanted;
    }
  }

  private Profiler(Options options) {
    this.options = options;
  }

  /** Begins to record names and times. */
  public static Profiler start() {
    return start(Options.DEFAULT);
  }

  /**
   * Begins to record, or to wait for the step at which that is due.
   *
   * @return to be closed by the caller
   * @throws IllegalStateException if another profiler runs
   * @throws io.github.narthex.UnsupportedException if kernels of a GPU are wanted and there is none
   * @throws UncheckedIOException if the trace can't be written where it is wanted
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Profiler start(Options options) {
    if (options.trace() != null) {
      checkWritable(options.trace());
    }
    Profiler profiler = new Profiler(options);
    if (!RUNNING.compareAndSet(null, profiler)) {
      throw new IllegalStateException(
          "a profiler is running already: close it before another starts");
    }
    try {
      profiler.advance();
      return profiler;
    } catch (RuntimeException | Error e) {
      RUNNING.set(null);
      throw e;
    }
  }

  private static void checkWritable(Path file) {
    WholeFile.obstacle(file, true)
        .ifPresent(
            reason -> {
              throw new UncheckedIOException(
                  "can't write the trace %s: %s".formatted(file, reason), new IOException(reason));
            });
  }

  /**
   * Begins a range: the operators that this thread calls until it is closed are in it, and it is an
   * event of the Flight Recorder and one of {@link NvtxRanges}. Without any of these it costs
   * nanoseconds and allocates nothing.
   *
   * @return to be closed on this thread, and after the ranges that begin in it
   */
  public static Range range(String name) {
    boolean isProfiled = RUNNING.getAcquire() != null || NvtxRanges.areMade();
    return isProfiled || RangeHandle.areRecorded()
        ? new Range(name, RangeHandle.begin(name, isProfiled))
        : Range.NONE;
  }

  /**
   * Says that a step ends and the next one begins, for a schedule. After the last step there is
   * nothing more to record.
   *
   * @throws IllegalStateException if it was stopped
   */
  public synchronized void step() {
    requireRunning();
    step++;
    advance();
  }

  private void requireRunning() {
    if (hasEnded) {
      throw new IllegalStateException("the profiler was stopped");
    }
  }

  private void advance() {
    long active = step - options.waitSteps() - options.warmupSteps();
    boolean warmsUp = active < 0 && step >= options.waitSteps();
    boolean records = active >= 0 && (options.activeSteps() == 0 || active < options.activeSteps());
    if (active == 0 && recording != null) {
      recording.close(); // it was to warm up
      recording = null;
    }
    if (warmsUp || records) {
      if (recording == null) {
        recording = new Recording(options.wanted());
      }
    } else if (recording != null) {
      collect(active);
    }
  }

  private void collect(long steps) {
    Recording ended = recording;
    if (ended == null) {
      return;
    }
    recording = null;
    try (ended) {
      profile = ended.stop(steps);
      Path trace = options.trace();
      if (trace != null) {
        WholeFile.write(trace, ended::save);
      }
    }
  }

  /**
   * Ends it.
   *
   * @return what was recorded; nothing if the schedule had not come to it
   * @throws IllegalStateException if it was stopped or closed before
   * @throws UncheckedIOException if the trace can't be written
   */
  public synchronized Profile stop() {
    requireRunning();
    hasEnded = true;
    try {
      long active = step - options.waitSteps() - options.warmupSteps();
      if (active >= 0) {
        collect(active);
      }
      profile.operators().tellFlightRecorder();
      return profile;
    } finally {
      end();
    }
  }

  /** Ends it, if it was not stopped, and forgets what was recorded. */
  @Override
  public synchronized void close() {
    if (!hasEnded) {
      hasEnded = true;
      end();
    }
  }

  private void end() {
    Recording open = recording;
    recording = null;
    try {
      if (open != null) {
        open.close();
      }
    } finally {
      RUNNING.set(null);
    }
  }

  /** A part of the program's work, by name. */
  public static final class Range implements AutoCloseable {
    private static final Range NONE = new Range("", null);

    private final String name;
    private final @Nullable Thread thread;
    private @Nullable RangeHandle handle;

    private Range(String name, @Nullable RangeHandle handle) {
      this.name = name;
      this.handle = handle;
      this.thread = handle == null ? null : Thread.currentThread();
    }

    /**
     * Ends it; a second time does nothing.
     *
     * @throws IllegalStateException if another thread began it: it goes on
     */
    @Override
    public void close() {
      RangeHandle open = handle;
      if (open == null) {
        return;
      }
      Thread here = Thread.currentThread();
      if (thread == null || thread.threadId() != here.threadId()) {
        throw new IllegalStateException(
            "the range '%s' began on thread '%s' and can't end on '%s'"
                .formatted(name, thread == null ? "" : thread.getName(), here.getName()));
      }
      handle = null;
      open.end();
    }
  }

  /** libtorch records. */
  private static final class Recording implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final ProfilerHandle handle;
    private final long beganNanos;

    Recording(Set<ProfilerHandle.Option> options) {
      try {
        handle = ProfilerHandle.start(arena, options);
      } catch (RuntimeException | Error e) {
        arena.close();
        throw e;
      }
      beganNanos = System.nanoTime();
    }

    Profile stop(long steps) {
      long wallNanos = System.nanoTime() - beganNanos;
      return new Profile(RecordedEvents.read(handle), wallNanos, steps);
    }

    void save(Path file) {
      handle.save(file);
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
