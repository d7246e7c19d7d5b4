package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.InputException;
import io.github.narthex.Shape;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes up inputs with the structure of real ones: white noise hardly moves a network, so errors
 * measured on it say little. The same seed gives the same inputs on every machine.
 *
 * <ul>
 *   <li>Floating-point N x C x H x W: each of the N an image of gradients, blobs, edges and
 *       textures.
 *   <li>Other floating-point shapes: along the last dimension a signal of a few waves, steps and a
 *       slope.
 *   <li>Integers: uniform within the range, which is 0..255 for uint8, the whole range for int8 and
 *       otherwise 0..1, which is right for indices into any table.
 *   <li>bool: true and false equally often.
 * </ul>
 *
 * <p>Floating-point inputs have mean 0 and variance 1, or fill the range if there is one.
 */
public final class InputGenerator {
  private static final long MIN_IMAGE_SIDE = 4;
  private static final int WAVES = 4;

  private final long seed;

  private InputGenerator(long seed) {
    this.seed = seed;
  }

  /** A generator whose inputs depend on {@code seed} alone. */
  public static InputGenerator of(long seed) {
    return new InputGenerator(seed);
  }

  /**
   * Writes one input.
   *
   * @param spec what it is
   * @param argument which of the model's arguments it is for, so that two of one shape differ
   * @param sample which sample; another one differs
   * @param target where to write it, row-major; of exactly the size of the input
   * @throws IllegalArgumentException if {@code target} has another size
   * @throws UnsupportedOperationException if a floating-point input has 2^31 elements or more
   */
  public void fill(InputSpec.Generated spec, int argument, int sample, MemorySegment target) {
    if (target.byteSize() != spec.shape().byteSize(spec.dtype())) {
      throw new IllegalArgumentException(
          "input %s takes %d bytes, the segment has %d"
              .formatted(spec, spec.shape().byteSize(spec.dtype()), target.byteSize()));
    }
    SplittableRandom random =
        new SplittableRandom(seed * 0x9E3779B97F4A7C15L + argument * 1_000_003L + sample);
    if (spec.dtype().isFloatingPoint()) {
      fillFloats(spec, random, target);
    } else {
      fillIntegers(spec, random, target);
    }
  }

  private static void fillIntegers(
      InputSpec.Generated spec, SplittableRandom random, MemorySegment target) {
    InputSpec.Range range = spec.range().orElseGet(() -> defaultRange(spec.dtype()));
    long low = (long) range.low();
    long count = (long) range.high() - low + 1;
    long elements = spec.shape().elementCount();
    for (long i = 0; i < elements; i++) {
      Elements.setLong(target, spec.dtype(), i, low + random.nextLong(count));
    }
  }

  private static InputSpec.Range defaultRange(DType dtype) {
    return switch (dtype) {
      case UINT8, INT8 -> InputSpec.Range.limits(dtype);
      default -> new InputSpec.Range(0, 1);
    };
  }

  private static void fillFloats(
      InputSpec.Generated spec, SplittableRandom random, MemorySegment target) {
    Shape shape = spec.shape();
    long elements = shape.elementCount();
    if (elements == 0) {
      return;
    }
    // One slice is normalised on its own: an image, or a row of signals.
    long slices = shape.rank() < 2 ? 1 : shape.dim(0);
    if (elements / slices > Integer.MAX_VALUE) {
      throw new InputException(
          "can't make up %s: a slice of it has more than %d elements; give it as a file"
              .formatted(spec, Integer.MAX_VALUE));
    }
    float[] values = new float[(int) (elements / slices)];
    boolean isImage =
        shape.rank() == 4 && shape.dim(2) >= MIN_IMAGE_SIDE && shape.dim(3) >= MIN_IMAGE_SIDE;
    for (long slice = 0; slice < slices; slice++) {
      if (isImage) {
        ImageInput.fill(values, (int) shape.dim(1), (int) shape.dim(2), (int) shape.dim(3), random);
      } else {
        int length = shape.rank() == 0 ? 1 : (int) shape.dim(shape.rank() - 1);
        for (int row = 0; row < values.length; row += length) {
          fillSignal(values, row, length, random);
        }
      }
      scale(values, spec.range().orElse(null));
      for (int i = 0; i < values.length; i++) {
        Elements.setDouble(target, spec.dtype(), slice * values.length + i, values[i]);
      }
    }
  }

  private static void fillSignal(float[] values, int start, int length, SplittableRandom random) {
    double[] frequency = new double[WAVES];
    double[] phase = new double[WAVES];
    for (int w = 0; w < WAVES; w++) {
      frequency[w] =
          2 * Math.PI * StrictMath.pow(2, random.nextDouble(0, 6)) / Math.max(length, 64);
      phase[w] = random.nextDouble(2 * Math.PI);
    }
    double slope = random.nextDouble(-1, 1) / length;
    double level = random.nextDouble(-1, 1);
    int step = random.nextInt(length);
    double height = random.nextDouble(-1, 1);
    for (int i = 0; i < length; i++) {
      double value = level + slope * i + (i >= step ? height : 0);
      for (int w = 0; w < WAVES; w++) {
        value += StrictMath.sin(frequency[w] * i + phase[w]) / (w + 1);
      }
      values[start + i] = (float) (value + 0.1 * random.nextDouble(-1, 1));
    }
  }

  /** To mean 0 and variance 1, or to fill a range. */
  private static void scale(float[] values, InputSpec.@Nullable Range range) {
    double sum = 0;
    double squares = 0;
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    double mean = sum / values.length;
    double deviation = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
    for (int i = 0; i < values.length; i++) {
      if (range == null) {
        // A single value, or a constant, has no deviation and stays as it is.
        values[i] = deviation < 1e-6 ? values[i] : (float) ((values[i] - mean) / deviation);
      } else {
        double share = high > low ? (values[i] - low) / (high - low) : 0.5;
        values[i] = (float) (range.low() + share * (range.high() - range.low()));
      }
    }
  }
}
