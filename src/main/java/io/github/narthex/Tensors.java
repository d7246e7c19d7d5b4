package io.github.narthex;

import static io.github.narthex.OperatorCalls.scalar;

import java.lang.foreign.Arena;

/**
 * New tensors with something in them, row-major and in the CPU's memory, each in the arena that is
 * given. {@link Tensor} makes those of arrays, buffers and segments.
 *
 * <p>Each method throws {@link UnsupportedException} or {@link OperatorException} if libtorch can't
 * do it in that dtype, by its reason; {@link IllegalArgumentException} for a {@link Number} that is
 * not an int, long, float or double; {@link IllegalStateException} if the arena is closed; {@link
 * WrongThreadException} if it is confined to another thread; {@link DeviceMemoryException} if
 * memory is exhausted.
 */
public final class Tensors {
  private Tensors() {}

  /** Zeros. */
  public static Tensor zeros(Arena arena, DType dtype, Shape shape) {
    return make(arena, "aten::zeros", dtype, sizes(shape));
  }

  /** Ones. */
  public static Tensor ones(Arena arena, DType dtype, Shape shape) {
    return make(arena, "aten::ones", dtype, sizes(shape));
  }

  /** One number everywhere. */
  public static Tensor full(Arena arena, DType dtype, Shape shape, Number value) {
    return make(arena, "aten::full", dtype, sizes(shape), scalar(value));
  }

  /** The integers from 0 to {@code end - 1}. */
  public static Tensor arange(Arena arena, DType dtype, long end) {
    return arange(arena, dtype, 0, end, 1);
  }

  /**
   * The numbers from {@code start} to before {@code end}, in steps.
   *
   * @param step below 0 to count down
   * @throws OperatorException if the step is 0 or leads away from {@code end}, too
   */
  public static Tensor arange(Arena arena, DType dtype, Number start, Number end, Number step) {
    return make(arena, "aten::arange.start_step", dtype, scalar(start), scalar(end), scalar(step));
  }

  /** So many numbers at equal distances, {@code start} the first and {@code end} the last. */
  public static Tensor linspace(Arena arena, DType dtype, Number start, Number end, long count) {
    return make(arena, "aten::linspace", dtype, scalar(start), scalar(end), Value.of(count));
  }

  /** Drawn evenly from 0 to below 1, of a floating-point or complex dtype. */
  public static Tensor rand(Arena arena, DType dtype, Shape shape, Generator generator) {
    return make(arena, "aten::rand.generator", dtype, sizes(shape), Value.of(generator));
  }

  /**
   * Drawn from the normal distribution with mean 0 and variance 1, of a floating-point or complex
   * dtype.
   */
  public static Tensor randn(Arena arena, DType dtype, Shape shape, Generator generator) {
    return make(arena, "aten::randn.generator", dtype, sizes(shape), Value.of(generator));
  }

  /** Integers drawn evenly from {@code low} to {@code high - 1}. */
  public static Tensor randint(
      Arena arena, DType dtype, Shape shape, long low, long high, Generator generator) {
    return make(
        arena,
        "aten::randint.low_generator",
        dtype,
        Value.of(low),
        Value.of(high),
        sizes(shape),
        Value.of(generator));
  }

  private static Tensor make(Arena arena, String operator, DType dtype, Value... arguments) {
    if (dtype.isQuantized()) {
      throw new IllegalArgumentException(
          "a tensor of "
              + dtype
              + " needs a scale and a zero point: quantise one of floating-point numbers"
              + " (aten::quantize_per_tensor)");
    }
    Value[] all = new Value[arguments.length + 1];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = Value.of(dtype);
    return Operator.of(operator).tensor(arena, all);
  }

  private static Value sizes(Shape shape) {
    return Value.of(shape.toArray());
  }
}
