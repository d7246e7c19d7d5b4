package io.github.narthex.models;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * Pictures of shapes with labels, without end: 32 x 32 pixels, red, green and blue, each of one
 * shape at any place and angle, in any colour and several sizes, among strokes, spots and noise.
 * The built-in {@link Builtin#SHAPES_NET} was trained on the pictures of seed 1; those of any other
 * seed are new to it.
 *
 * <p>The same seed and index give the same picture on every machine, to the bit. Immutable.
 */
public final class ShapePictures {
  /** Height and width in pixels. */
  public static final int SIDE = 32;

  private final long start;

  private ShapePictures(long seed) {
    this.start = SplitMix64.mix(seed);
  }

  /** The pictures of that seed. */
  public static ShapePictures of(long seed) {
    return new ShapePictures(seed);
  }

  /**
   * Pictures and what they show.
   *
   * @param images float32, N x 3 x 32 x 32: {@code (pixel - 128) / 64}, as {@link
   *     Builtin#SHAPES_NET} takes them
   * @param labels int64, N: indices into {@link #labels()}
   */
  public record Batch(Tensor images, Tensor labels) {}

  /** The names of the shapes. */
  public static List<String> labels() {
    return ShapeKind.LABELS;
  }

  /**
   * Which shape a picture shows: an index into {@link #labels()}.
   *
   * @throws IndexOutOfBoundsException if {@code index} is negative
   */
  public int label(long index) {
    return random(index).below(ShapeKind.COUNT);
  }

  /**
   * Draws a picture.
   *
   * @param index which one, from 0
   * @return 3 x 32 x 32 values from 0 to 255, unsigned: all of red, then green, then blue, each by
   *     rows
   * @throws IndexOutOfBoundsException if {@code index} is negative
   */
  public byte[] pixels(long index) {
    return ShapePainter.paint(random(index));
  }

  /**
   * Draws pictures that follow each other.
   *
   * @param arena owns the tensors
   * @param first the index of the first one
   * @throws IllegalArgumentException if {@code count} is negative
   * @throws IndexOutOfBoundsException if an index is negative
   */
  public Batch batch(Arena arena, long first, int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count must be at least 0, got " + count);
    }
    Tensor images = Tensor.empty(arena, DType.FLOAT32, Shape.of(count, 3, SIDE, SIDE));
    Tensor labels = Tensor.empty(arena, DType.INT64, Shape.of(count));
    MemorySegment values = images.segment();
    for (int i = 0; i < count; i++) {
      byte[] pixels = pixels(first + i);
      for (int p = 0; p < pixels.length; p++) {
        float value = (Byte.toUnsignedInt(pixels[p]) - 128) / 64f;
        values.setAtIndex(JAVA_FLOAT, (long) i * pixels.length + p, value);
      }
      labels.segment().setAtIndex(JAVA_LONG, i, label(first + i));
    }
    return new Batch(images, labels);
  }

  /**
   * The same pictures one by one, each float32 1 x 3 x 32 x 32, with their labels; they are named
   * by their indices.
   *
   * @param first the index of the first one
   * @throws IllegalArgumentException if {@code first} or {@code count} is negative
   */
  public Samples samples(long first, int count) {
    if (first < 0 || count < 0) {
      throw new IllegalArgumentException(
          "first and count must be at least 0, got %d and %d".formatted(first, count));
    }
    return new Samples() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public String name(int index) {
        return "%06d".formatted(first + Objects.checkIndex(index, count));
      }

      @Override
      public SequencedMap<String, Value> sample(Arena arena, int index) {
        Tensor image = batch(arena, first + Objects.checkIndex(index, count), 1).images();
        return Collections.unmodifiableSequencedMap(
            new LinkedHashMap<>(Map.of(Network.INPUT, Value.of(image))));
      }

      @Override
      public OptionalInt label(int index) {
        return OptionalInt.of(ShapePictures.this.label(first + Objects.checkIndex(index, count)));
      }
    };
  }

  private SplitMix64 random(long index) {
    Objects.checkIndex(index, Long.MAX_VALUE);
    return new SplitMix64(SplitMix64.mix(start + index));
  }
}
