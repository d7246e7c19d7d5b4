package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What one input of a model is, as {@code --input} has it:
 *
 * <ul>
 *   <li>{@code 1x3x224x224}: a shape, made up as float32
 *   <li>{@code 1x3x224x224:float16}: with a dtype
 *   <li>{@code 1x128:int64:0..30000}: with the smallest and the largest value, both included
 *   <li>{@code image.npy}: an array from a file
 *   <li>{@code ids=1x128:int64} or {@code ids=ids.npy}: for the argument of that name
 * </ul>
 */
public sealed interface InputSpec {
  /** The name of the model's argument; empty for the next one in order. */
  Optional<String> name();

  /**
   * The same with another first dimension.
   *
   * @throws IllegalArgumentException if there is no dimension to replace, if the array is from a
   *     file, or if {@code batch} is less than 1
   */
  InputSpec withBatch(long batch);

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException if the text is none of the above; the message names the
   *     position and what was expected there
   */
  static InputSpec parse(String text) {
    return new InputSpecParser(text).parse();
  }

  /**
   * An input to be made up.
   *
   * @param range the values it may have; empty for what suits the dtype
   */
  record Generated(Optional<String> name, Shape shape, DType dtype, Optional<Range> range)
      implements InputSpec {
    /**
     * A description of an input to be made up.
     *
     * @throws IllegalArgumentException if the dtype can't hold the ends of the range
     * @throws ArithmeticException if the size of the input does not fit in 64 bits
     */
    public Generated {
      var _ = shape.byteSize(dtype);
      if (!Elements.areNumbers(dtype)) {
        throw new IllegalArgumentException(
            "inputs of dtype " + dtype + " can't be made up: give a file");
      }
      range.ifPresent(r -> r.check(dtype));
    }

    @Override
    public Generated withBatch(long batch) {
      if (batch < 1) {
        throw new IllegalArgumentException("a batch of " + batch + " inputs");
      }
      if (shape.rank() == 0) {
        throw new IllegalArgumentException("a scalar input has no dimension for the batch");
      }
      long[] dims = shape.toArray();
      dims[0] = batch;
      return new Generated(name, Shape.of(dims), dtype, range);
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
      return name.map(n -> n + "=").orElse("")
          + shape
          + ":"
          + dtype
          + range.map(r -> ":" + r).orElse("");
    }
  }

  /**
   * An input from an npy file.
   *
   * @param file the file, which need not be there yet
   */
  record FromFile(Optional<String> name, Path file) implements InputSpec {
    @Override
    public FromFile withBatch(long batch) {
      throw new IllegalArgumentException(
          "the batch of " + file + " is in the file and can't be set");
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
      return name.map(n -> n + "=").orElse("") + file;
    }
  }

  /**
   * The values that an input may have.
   *
   * @param low the smallest
   * @param high the largest
   */
  record Range(double low, double high) {
    /**
     * A range.
     *
     * @throws IllegalArgumentException if an end is not finite, or {@code low} is above {@code
     *     high}
     */
    public Range {
      if (!Double.isFinite(low) || !Double.isFinite(high) || low > high) {
        throw new IllegalArgumentException(
            "expected a range from a smaller to a larger number, found " + text(low, high));
      }
    }

    private void check(DType dtype) {
      if (dtype.isFloatingPoint()) {
        return;
      }
      Range limits = limits(dtype);
      if (low != Math.rint(low) || high != Math.rint(high)) {
        throw new IllegalArgumentException(
            "expected a range of whole numbers for " + dtype + ", found " + this);
      }
      if (low < limits.low || high > limits.high) {
        throw new IllegalArgumentException(
            "expected a range within %s for %s, found %s".formatted(limits, dtype, this));
      }
    }

    /** The range of an integer dtype; of int64, what a double counts without gaps. */
    static Range limits(DType dtype) {
      return switch (dtype) {
        case BOOL -> new Range(0, 1);
        case UINT8 -> new Range(0, 255);
        case INT8 -> new Range(Byte.MIN_VALUE, Byte.MAX_VALUE);
        case INT16 -> new Range(Short.MIN_VALUE, Short.MAX_VALUE);
        case INT32 -> new Range(Integer.MIN_VALUE, Integer.MAX_VALUE);
        case INT64 -> new Range(-0x1p53, 0x1p53);
        case UINT16 -> new Range(0, 0xffff);
        case UINT32 -> new Range(0, 0xffffffffL);
        case UINT64 -> new Range(0, 0x1p53);
        default -> new Range(-Double.MAX_VALUE, Double.MAX_VALUE);
      };
    }

    /** For example {@code 0..30000} or {@code -1.5..1.5}. */
    @Override
    public String toString() {
      return text(low, high);
    }

    private static String text(double low, double high) {
      return text(low) + ".." + text(high);
    }

    private static String text(double value) {
      return value == Math.rint(value) && Math.abs(value) <= 0x1p53
          ? Long.toString((long) value)
          : Double.toString(value);
    }
  }
}
