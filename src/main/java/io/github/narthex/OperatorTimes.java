package io.github.narthex;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.OperatorTimesHandle;
import io.github.narthex.internal.torch.ValueReader;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * How often libtorch's operators were called, and how long they took, between {@link #record} and
 * {@link Recording#stop}: for a look at where a forward's time goes.
 *
 * <pre>{@code
 * try (OperatorTimes.Recording recording = OperatorTimes.record()) {
 *   model.forward(arena, input);
 *   for (OperatorTimes.Entry entry : recording.stop().entries()) {
 *     System.out.printf("%-40s %6d %9.3f ms%n",
 *         entry.name(), entry.calls(), entry.selfNanos() / 1e6);
 *   }
 * }
 * }</pre>
 *
 * <p>Names are libtorch's, without overloads, such as {@code aten::addmm}. What the oneDNN Graph
 * fuser has made of several operators is called by these: {@code prim::oneDNNFusionGroup[2
 * linear+relu]}, or {@code prim::oneDNNFusionGroup} where it ran but for a short time in code that
 * is still being compiled. A layer with {@linkplain Model#withPrepackedWeights prepacked weights}
 * is {@code narthex::packed_layer}; oneDNN's operator inside of it has the time. What a model's
 * code does without operators, on numbers and lists, is in none.
 *
 * @param entries the operators, that with the most time of its own first
 */
public record OperatorTimes(List<Entry> entries) {
  /** The list is copied. */
  public OperatorTimes {
    entries = List.copyOf(entries);
  }

  /**
   * What one operator took.
   *
   * @param name as libtorch has it, for example {@code aten::conv2d}
   * @param calls on all threads; an overload that calls another one of its operator is one call
   * @param selfNanos the time in it, without that in operators that it called, summed over threads;
   *     the time of threads inside the operator is not added
   * @param totalNanos the time in it with that in operators that it called; where it called itself,
   *     inner calls do not count twice
   */
  public record Entry(String name, long calls, long selfNanos, long totalNanos) {}

  /**
   * Begins to record the operators of the whole process, those of other threads too. It costs each
   * of them a fraction of a microsecond; while nothing is recorded, nothing. Operators that run
   * already are left out.
   *
   * @return the recording, to be closed by the caller
   * @throws IllegalStateException if another recording has neither been stopped nor closed: there
   *     is one at a time in a process
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Recording record() {
    Arena arena = Arena.ofShared();
    try {
      return new Recording(arena, OperatorTimesHandle.start(arena));
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** The time of all operators together, which is not more than that of the threads they ran on. */
  public long selfNanos() {
    return entries.stream().mapToLong(Entry::selfNanos).sum();
  }

  private static OperatorTimes read(ValueReader rows) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < rows.length(); i++) {
      ValueReader row = rows.item(i);
      entries.add(
          new Entry(
              row.item(0).string(),
              row.item(1).integer(),
              row.item(2).integer(),
              row.item(3).integer()));
    }
    return new OperatorTimes(entries);
  }

  /** Operators are being recorded. Any thread may end it. */
  public static final class Recording implements AutoCloseable {
    private final Arena arena;
    private final OperatorTimesHandle handle;

    private Recording(Arena arena, OperatorTimesHandle handle) {
      this.arena = arena;
      this.handle = handle;
    }

    /**
     * Ends it. An operator that still runs, on another thread, is left out.
     *
     * @return what was recorded, which lives on its own
     * @throws IllegalStateException if it was stopped or closed before
     */
    public synchronized OperatorTimes stop() {
      if (!arena.scope().isAlive()) {
        throw new IllegalStateException("the recording has ended: a recording is stopped once");
      }
      try (arena;
          CallFrame frame = new CallFrame(0, 1)) {
        handle.stop(frame);
        return read(frame.result(0));
      }
    }

    /** Ends it, if it was not stopped, and forgets what was recorded. */
    @Override
    public synchronized void close() {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }
}
