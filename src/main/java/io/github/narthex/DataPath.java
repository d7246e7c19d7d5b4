package io.github.narthex;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How elements cross between the JVM and libtorch while it is open: where in the program, copied or
 * viewed, how many bytes, how long that took, and why a copy was needed.
 *
 * <pre>{@code
 * try (DataPath path = DataPath.record()) {
 *   work();
 *   path.crossings().forEach(System.out::println);
 * }
 * }</pre>
 *
 * <p>It sees all threads. A crossing that is recorded takes about a microsecond longer, for the
 * place in the program; without a recording, the time of reading a field.
 */
public final class DataPath implements AutoCloseable {
  /** Which way elements go. */
  public enum Direction {
    /** From the JVM into a tensor. */
    IN,
    /** From a tensor to the JVM. */
    OUT
  }

  /** Why elements were copied. */
  public enum Reason {
    /** They were not: both sides see the same memory. */
    VIEW("a view"),
    /** An array of the JVM's heap, which the garbage collector moves. */
    HEAP("an array on the heap, which the collector moves: native memory can be viewed"),
    /** The two sides have them in different dtypes. */
    DTYPE("another dtype: without a conversion it could be viewed"),
    /** They are not row-major. */
    LAYOUT("not row-major: contiguous() once, if it is read often"),
    /** They are in the memory of another device. */
    DEVICE("on another device"),
    /** The segment does not begin where the dtype needs it. */
    ALIGNMENT("not aligned for the dtype: allocate it with the dtype's alignment"),
    /** The segment can't be written, which operators may do. */
    READ_ONLY("read-only: a file mapped as PRIVATE can be viewed"),
    /** Nothing but the call that was chosen. */
    CHOICE("no need: Tensor.of or segment() would view it");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** For people, with what to do about it. */
    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Crossings of one kind at one place.
   *
   * @param site the place in the program, as in a stack trace
   * @param reason why they were copied, or that they were not
   * @param count how many
   * @param bytes of all of them
   * @param nanos what they took
   */
  public record Crossing(
      String site, Direction direction, Reason reason, long count, long bytes, long nanos) {
    /** Whether elements were copied. */
    public boolean isCopy() {
      return reason != Reason.VIEW;
    }
  }

  private record Key(String site, Direction direction, Reason reason) {}

  private static final class Sums {
    private final LongAdder count = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder nanos = new LongAdder();
  }

  private static final AtomicReference<@Nullable DataPath> RECORDING = new AtomicReference<>();
  private static final StackWalker WALKER = StackWalker.getInstance();

  /** Whose frames lie between a crossing and the program. */
  private static final Set<String> OWN =
      Stream.of(
              DataPath.class,
              HeapTransfer.class,
              ArrayConversions.class,
              Tensor.class,
              Session.class)
          .map(Class::getName)
          .collect(Collectors.toUnmodifiableSet());

  private final Map<Key, Sums> sums = new ConcurrentHashMap<>();

  private DataPath() {}

  /**
   * Begins to record.
   *
   * @return to be closed by the caller
   * @throws IllegalStateException if another one is open: there is one at a time in a process
   */
  public static DataPath record() {
    DataPath path = new DataPath();
    if (!RECORDING.compareAndSet(null, path)) {
      throw new IllegalStateException("the data path is being recorded already: close that first");
    }
    return path;
  }

  /** What crossed until now, with the most time first. */
  public List<Crossing> crossings() {
    return sums.entrySet().stream()
        .map(
            entry ->
                new Crossing(
                    entry.getKey().site(),
                    entry.getKey().direction(),
                    entry.getKey().reason(),
                    entry.getValue().count.sum(),
                    entry.getValue().bytes.sum(),
                    entry.getValue().nanos.sum()))
        .sorted(Comparator.comparingLong(Crossing::nanos).reversed().thenComparing(Crossing::site))
        .toList();
  }

  /** Ends it; what was recorded stays. */
  @Override
  public void close() {
    RECORDING.compareAndSet(this, null);
  }

  /** When a crossing begins, if someone wants to know; else 0. */
  static long begin() {
    return RECORDING.getAcquire() == null ? 0 : Math.max(1, System.nanoTime());
  }

  /**
   * A crossing has ended.
   *
   * @param began what {@link #begin} said; 0 if nobody wanted to know
   */
  static void end(long began, Direction direction, Reason reason, long bytes) {
    DataPath path = began == 0 ? null : RECORDING.getAcquire();
    if (path != null) {
      long nanos = System.nanoTime() - began;
      Sums sum = path.sums.computeIfAbsent(new Key(site(), direction, reason), _ -> new Sums());
      sum.count.increment();
      sum.bytes.add(bytes);
      sum.nanos.add(nanos);
    }
  }

  private static String site() {
    return WALKER.walk(
        frames ->
            frames
                .filter(frame -> !OWN.contains(frame.getClassName()))
                .findFirst()
                .map(frame -> frame.toStackTraceElement().toString())
                .orElse("unknown"));
  }

  /** Why a segment has to be copied into a tensor. */
  static Reason whyCopied(MemorySegment source, DType dtype) {
    if (!source.isNative()) {
      return Reason.HEAP;
    }
    if (source.isReadOnly()) {
      return Reason.READ_ONLY;
    }
    return source.address() % dtype.byteSize() == 0 ? Reason.CHOICE : Reason.ALIGNMENT;
  }
}
