package io.github.narthex;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/**
 * What each way of elements into a tensor and out of it costs: a table for {@code docs/numbers.md},
 * by {@link WaysTable}. A way in makes a tensor in an arena of its own and closes that, as a call
 * of a server does; what is viewed or copied was there before. The arguments are sizes in bytes.
 */
public final class DataPathWays {
  private DataPathWays() {}

  private interface In {
    void into(Arena arena) throws Exception;
  }

  /** A way in: the arena, the tensor in it, and its end. */
  private static WaysTable.Way in(Supplier<Arena> arenas, In in) {
    return () -> {
      try (Arena arena = arenas.get()) {
        in.into(arena);
      }
      return 0;
    };
  }

  private static WaysTable.Way in(In in) {
    return in(Arena::ofConfined, in);
  }

  private static Tensor view(Arena arena, MemorySegment segment) {
    return Tensor.of(arena, segment, DType.FLOAT32, shape(segment));
  }

  private static Tensor copy(Arena arena, MemorySegment segment) {
    return Tensor.copyOf(arena, segment, DType.FLOAT32, shape(segment));
  }

  private static Shape shape(MemorySegment segment) {
    return Shape.of(segment.byteSize() / Float.BYTES);
  }

  private static MemorySegment map(Path file, MapMode mode, Arena arena) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(mode, 0, channel.size(), arena);
    }
  }

  private static void write(Path file, MemorySegment source) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = source.asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  private static float first(MemorySegment segment) {
    return segment.get(ValueLayout.JAVA_FLOAT, 0);
  }

  private static void addWays(
      WaysTable table, Arena all, MemorySegment source, MemorySegment target, Path file)
      throws IOException {
    float[] array = source.toArray(ValueLayout.JAVA_FLOAT);
    Shape shape = shape(source);
    ByteBuffer direct = ByteBuffer.allocateDirect((int) source.byteSize());
    MemorySegment.ofBuffer(direct).copyFrom(source);
    direct.order(ByteOrder.nativeOrder());
    Tensor tensor = copy(all, source);
    MemorySegment elements = tensor.segment();
    MemorySegment mapped = map(file, MapMode.READ_WRITE, all);

    table.add("in: heap array", in(arena -> Tensor.of(arena, array, array.length)));
    table.add(
        "in: heap array, into a tensor that is kept",
        () -> {
          MemorySegment.copy(array, 0, elements, ValueLayout.JAVA_FLOAT, 0, array.length);
          return first(elements);
        });
    table.add("in: direct buffer, copied", in(a -> Tensor.copyOf(a, direct, DType.FLOAT32, shape)));
    table.add("in: direct buffer, viewed", in(a -> Tensor.of(a, direct, DType.FLOAT32, shape)));
    table.add("in: segment of any arena, copied", in(arena -> copy(arena, source)));
    table.add(
        "in: confined segment, viewed", in(arena -> view(arena, source.reinterpret(arena, null))));
    table.add(
        "in: shared segment, viewed",
        in(Arena::ofShared, arena -> view(arena, source.reinterpret(arena, null))));
    table.add("in: global segment, viewed", in(arena -> view(arena, source)));
    table.add(
        "in: file, mapped and copied", in(arena -> copy(arena, map(file, MapMode.PRIVATE, arena))));
    table.add(
        "in: file, mapped and viewed", in(arena -> view(arena, map(file, MapMode.PRIVATE, arena))));
    table.add("out: viewed", () -> first(tensor.segment()));
    table.add("out: segment of any arena, copied", out(tensor, target));
    table.add("out: direct buffer, copied", out(tensor, MemorySegment.ofBuffer(direct)));
    table.add("out: mapped file, copied", out(tensor, mapped));
    table.add("out: heap array, the same each time", out(tensor, MemorySegment.ofArray(array)));
    table.add("out: heap array, a new one each time", () -> tensor.toFloatArray()[0]);
  }

  private static WaysTable.Way out(Tensor tensor, MemorySegment target) {
    return () -> {
      tensor.copyTo(target);
      return first(target);
    };
  }

  /** Measures and prints. */
  public static void main(String[] sizes) throws Exception {
    Path file = Files.createTempFile("narthex-ways", ".bin");
    try {
      WaysTable.print(
          sizes,
          (table, arena, source, target) -> {
            write(file, source);
            addWays(table, arena, source, target, file);
          });
    } finally {
      Files.delete(file);
    }
  }
}
