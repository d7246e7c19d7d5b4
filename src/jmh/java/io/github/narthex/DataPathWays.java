package io.github.narthex;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What each way of elements into a tensor and out of it costs, beside one copy of as many bytes
 * from segment to segment: a table for {@code docs/numbers.md}. Ways take turns, seven times; shown
 * is the median. Takes sizes in bytes; by default those of the table.
 */
public final class DataPathWays {
  private static final int ROUNDS = 7;
  private static final long TURN_NANOS = 60_000_000;
  private static final String COPY = "one copy";

  private final Map<String, Runnable> ways = new LinkedHashMap<>();

  private DataPathWays(Arena all, int bytes) throws IOException {
    int count = bytes / Float.BYTES;
    Shape shape = Shape.of(count);
    float[] array = new float[count];
    MemorySegment source = all.allocate(bytes, 64);
    MemorySegment target = all.allocate(bytes, 64);
    MemorySegment global = Arena.global().allocate(bytes, 64);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    Path file = Files.createTempFile("narthex-ways", ".bin");
    Files.write(file, new byte[bytes]);
    Tensor tensor = Tensor.copyOf(all, source, DType.FLOAT32, shape);
    ways.put(COPY, () -> target.copyFrom(source));
    ways.put("in: heap array", in(arena -> Tensor.of(arena, array, count)));
    ways.put("in: segment, copied", in(a -> Tensor.copyOf(a, source, DType.FLOAT32, shape)));
    ways.put("in: direct buffer, viewed", in(a -> Tensor.of(a, direct, DType.FLOAT32, shape)));
    ways.put(
        "in: confined segment, viewed",
        in(a -> Tensor.of(a, source.reinterpret(a, null), DType.FLOAT32, shape)));
    ways.put(
        "in: shared segment, viewed",
        () -> {
          try (Arena arena = Arena.ofShared()) {
            Tensor.of(arena, source.reinterpret(arena, null), DType.FLOAT32, shape);
          }
        });
    ways.put("in: global segment, viewed", in(a -> Tensor.of(a, global, DType.FLOAT32, shape)));
    ways.put(
        "in: file, mapped and viewed",
        in(
            arena -> {
              try (FileChannel channel =
                  FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MemorySegment mapped = channel.map(FileChannel.MapMode.PRIVATE, 0, bytes, arena);
                Tensor.of(arena, mapped, DType.FLOAT32, shape);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            }));
    ways.put("out: viewed", tensor::segment);
    ways.put("out: segment, copied", () -> tensor.copyTo(target));
    ways.put("out: heap array", tensor::toFloatArray);
    file.toFile().deleteOnExit();
    source.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1);
  }

  private interface Work {
    void with(Arena arena);
  }

  private static Runnable in(Work work) {
    return () -> {
      try (Arena arena = Arena.ofConfined()) {
        work.with(arena);
      }
    };
  }

  private static double nanos(Runnable way) {
    long began = System.nanoTime();
    long calls = 0;
    long elapsed;
    do {
      way.run();
      calls++;
      elapsed = System.nanoTime() - began;
    } while (elapsed < TURN_NANOS);
    return (double) elapsed / calls;
  }

  private Map<String, Double> medians() {
    Map<String, double[]> all = new LinkedHashMap<>();
    ways.keySet().forEach(name -> all.put(name, new double[ROUNDS]));
    for (int round = -1; round < ROUNDS; round++) { // the first one warms up
      for (Map.Entry<String, Runnable> way : ways.entrySet()) {
        double nanos = nanos(way.getValue());
        if (round >= 0) {
          Objects.requireNonNull(all.get(way.getKey()))[round] = nanos;
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    all.forEach(
        (name, values) -> {
          Arrays.sort(values);
          medians.put(name, values[ROUNDS / 2]);
        });
    return medians;
  }

  private static String text(double nanos) {
    return nanos < 1e4
        ? String.format(Locale.ROOT, "%.0f ns", nanos)
        : nanos < 1e7
            ? String.format(Locale.ROOT, "%.0f us", nanos / 1e3)
            : String.format(Locale.ROOT, "%.0f ms", nanos / 1e6);
  }

  /** Measures and prints. */
  public static void main(String[] sizes) throws IOException {
    List<Integer> bytes = new ArrayList<>();
    for (String size :
        sizes.length > 0 ? sizes : new String[] {"4", "4096", "602112", "16777216", "1073741824"}) {
      bytes.add(Integer.parseInt(size));
    }
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (int size : bytes) {
      try (Arena arena = Arena.ofConfined()) {
        Map<String, Double> medians = new DataPathWays(arena, size).medians();
        double copy = Objects.requireNonNull(medians.get(COPY));
        medians.forEach(
            (name, nanos) ->
                rows.computeIfAbsent(name, _ -> new ArrayList<>())
                    .add(
                        name.equals(COPY)
                            ? text(nanos)
                            : "%s (%.2f)".formatted(text(nanos), nanos / copy)));
      }
    }
    System.out.println(
        "| way | " + String.join(" | ", bytes.stream().map(b -> b + " B").toList()) + " |");
    System.out.println("|---".repeat(bytes.size() + 1) + "|");
    rows.forEach(
        (name, cells) ->
            System.out.println("| " + name + " | " + String.join(" | ", cells) + " |"));
  }
}
