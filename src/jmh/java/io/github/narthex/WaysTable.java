package io.github.narthex;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures ways of elements between Java and a library beside one copy of as many bytes from
 * segment to segment, and prints a table. All ways take turns: two to warm up, and seven of which
 * the median is shown, and beside it in brackets how many times the copy's it is. Knows nothing of
 * tensors, so that programs on other libraries can be measured by it too.
 */
public final class WaysTable {
  private static final int WARM_UP = 2;
  private static final int ROUNDS = 7;
  private static final long TURN_NANOS = 40_000_000;
  private static final String COPY = "one copy";
  private static final List<String> SIZES =
      List.of("4", "4096", "602112", "16777216", "268435456", "1073741824");

  private final List<Timed> ways = new ArrayList<>();

  private WaysTable() {}

  /** One way, once. */
  public interface Way {
    /** Returns an element that came out, so that nothing can be left out; 0 for a way in. */
    float call() throws Exception;
  }

  /** Adds the ways for one size, whose memory may end with the arena. */
  public interface Maker {
    /** Source and target are of the global arena; the elements are float32 and all 1. */
    void addWays(WaysTable table, Arena arena, MemorySegment source, MemorySegment target)
        throws Exception;
  }

  private static final class Timed {
    final String name;
    final Way way;
    final double[] nanos = new double[ROUNDS];
    long batch = 1;

    Timed(String name, Way way) {
      this.name = name;
      this.way = way;
    }

    /**
     * Nanoseconds a call; the clock is read once for each sixteenth of what a turn has room for.
     */
    double turn() throws Exception {
      double sum = 0;
      long calls = 0;
      long began = System.nanoTime();
      long elapsed;
      do {
        for (long i = 0; i < batch; i++) {
          sum += way.call();
        }
        calls += batch;
        elapsed = System.nanoTime() - began;
      } while (elapsed < TURN_NANOS);
      if (sum != calls && sum != 0) {
        throw new IllegalStateException(name + " read elements that nobody wrote");
      }
      batch = Math.max(1, calls / 16);
      return (double) elapsed / calls;
    }

    double median() {
      Arrays.sort(nanos);
      return nanos[ROUNDS / 2];
    }
  }

  /** Adds a way; rows of the table have the order of the first size. */
  public void add(String name, Way way) {
    ways.add(new Timed(name, way));
  }

  /**
   * Measures and prints.
   *
   * @param sizes bytes of the tensors; those of docs/numbers.md if there are none
   */
  public static void print(String[] sizes, Maker maker) throws Exception {
    List<String> columns = sizes.length > 0 ? List.of(sizes) : SIZES;
    int largest = columns.stream().mapToInt(Integer::parseInt).max().orElseThrow();
    MemorySegment source = Arena.global().allocate(largest, 64);
    MemorySegment target = Arena.global().allocate(largest, 64);
    for (long i = 0; i < largest / Float.BYTES; i++) {
      source.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
    }
    System.err.println("warms up");
    int first = Integer.parseInt(columns.getFirst());
    measure(source.asSlice(0, first), target.asSlice(0, first), maker); // compiles all code
    Map<String, StringBuilder> rows = new LinkedHashMap<>();
    for (String size : columns) {
      System.err.println(size + " bytes");
      int bytes = Integer.parseInt(size);
      List<Timed> timed = measure(source.asSlice(0, bytes), target.asSlice(0, bytes), maker);
      double copy = timed.getFirst().median();
      for (Timed way : timed) {
        rows.computeIfAbsent(way.name, name -> new StringBuilder("| " + name + " |"))
            .append(" %s (%s) |".formatted(text(way.median()), figures(way.median() / copy)));
      }
    }
    System.out.println("| | " + String.join(" B | ", columns) + " B |");
    System.out.println("|---|" + "--:|".repeat(columns.size()));
    rows.values().forEach(System.out::println);
  }

  private static List<Timed> measure(MemorySegment source, MemorySegment target, Maker maker)
      throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      WaysTable table = new WaysTable();
      table.add(
          COPY,
          () -> {
            target.copyFrom(source);
            return target.get(ValueLayout.JAVA_FLOAT, 0);
          });
      maker.addWays(table, arena, source, target);
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        for (Timed timed : table.ways) {
          double nanos = timed.turn();
          if (round >= 0) {
            timed.nanos[round] = nanos;
          }
        }
      }
      return table.ways;
    }
  }

  private static String text(double nanos) {
    return nanos < 1e3
        ? figures(nanos) + " ns"
        : nanos < 1e6 ? figures(nanos / 1e3) + " us" : figures(nanos / 1e6) + " ms";
  }

  private static String figures(double value) {
    int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
