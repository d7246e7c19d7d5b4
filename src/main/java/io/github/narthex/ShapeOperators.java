package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;
import static io.github.narthex.OperatorCalls.list;
import static io.github.narthex.OperatorCalls.scalar;

import java.lang.foreign.Arena;
import java.util.List;

/**
 * Other shapes and other orders of the same elements. A dimension is counted from 0, or from -1
 * backwards.
 *
 * <p>Results are in the dtype of {@code this} and live in its arena. A <b>view</b> shares the
 * memory of {@code this}: what is written to one is seen in the other. Each method says whether it
 * returns one.
 *
 * <p>Each method throws {@link OperatorException} with libtorch's reason if sizes or dimensions do
 * not fit, {@link UnsupportedException} where libtorch has no code for the dtype, {@link
 * IllegalStateException} for a closed tensor and {@link WrongThreadException} for one of another
 * thread's confined arena.
 */
public sealed interface ShapeOperators permits Tensor {
  /**
   * Tensors one after the other along a dimension; a copy.
   *
   * @param arena owns the result
   * @param tensors at least one; of equal sizes but for that dimension
   * @throws IllegalArgumentException if the tensors belong to two traces
   */
  static Tensor cat(Arena arena, List<Tensor> tensors, long dim) {
    return Operator.of("aten::cat").tensor(arena, values(tensors), Value.of(dim));
  }

  /**
   * Tensors one after the other along a new dimension; a copy.
   *
   * @param arena owns the result
   * @param tensors at least one; of equal shapes
   * @throws IllegalArgumentException if the tensors belong to two traces
   */
  static Tensor stack(Arena arena, List<Tensor> tensors, long dim) {
    return Operator.of("aten::stack").tensor(arena, values(tensors), Value.of(dim));
  }

  /**
   * In another shape, row by row; a view where the layout allows, else a copy.
   *
   * @param shape of as many elements; one size may be -1, which stands for what is left
   */
  default Tensor reshape(long... shape) {
    return call("aten::reshape", self(), Value.of(shape));
  }

  /** All dimensions from {@code first} on as one; a view where the layout allows, else a copy. */
  default Tensor flatten(long first) {
    return call("aten::flatten.using_ints", self(), Value.of(first), Value.of(-1));
  }

  /** The dimensions in that order, each once; a view. */
  default Tensor permute(long... dims) {
    return call("aten::permute", self(), Value.of(dims));
  }

  /** Two dimensions exchanged; a view. */
  default Tensor transpose(long first, long second) {
    return call("aten::transpose.int", self(), Value.of(first), Value.of(second));
  }

  /** Without those dimensions, all if none is given, whose size is 1; a view. */
  default Tensor squeeze(long... dims) {
    return dims.length == 0
        ? call("aten::squeeze", self())
        : call("aten::squeeze.dims", self(), Value.of(dims));
  }

  /** With a dimension of size 1 before that one, or at the end; a view. */
  default Tensor unsqueeze(long dim) {
    return call("aten::unsqueeze", self(), Value.of(dim));
  }

  /**
   * With dimensions of size 1 repeated to that shape; a view, whose elements share memory: do not
   * write to it.
   *
   * @param shape may have more dimensions in front; -1 leaves a size as it is
   */
  default Tensor expand(long... shape) {
    return call("aten::expand", self(), Value.of(shape));
  }

  /**
   * So often along each dimension; a copy.
   *
   * @param times for each dimension; more of them add dimensions in front
   */
  default Tensor repeat(long... times) {
    return call("aten::repeat", self(), Value.of(times));
  }

  /** In opposite order along those dimensions; a copy. */
  default Tensor flip(long... dims) {
    return call("aten::flip", self(), Value.of(dims));
  }

  /** Pieces of that size along a dimension, the last perhaps smaller; views. */
  default List<Tensor> split(long size, long dim) {
    return list("aten::split.Tensor", self(), Value.of(size), Value.of(dim));
  }

  /** Pieces of those sizes, whose sum is the dimension's; views. */
  default List<Tensor> split(long[] sizes, long dim) {
    return list("aten::split_with_sizes", self(), Value.of(sizes), Value.of(dim));
  }

  /** So many pieces along a dimension, or fewer, the last perhaps smaller; views. */
  default List<Tensor> chunk(long count, long dim) {
    return list("aten::chunk", self(), Value.of(count), Value.of(dim));
  }

  /**
   * With a border of a constant; a copy.
   *
   * @param widths before and after the last dimension, then the one before it, and so on; negative
   *     ones cut off
   */
  default Tensor pad(long[] widths, double value) {
    return call("aten::pad", self(), Value.of(widths), Value.of("constant"), Value.of(value));
  }

  /**
   * With a border made of the elements; a copy.
   *
   * @param widths as {@link #pad(long[], double)} has them, for the last one to three dimensions of
   *     a floating-point tensor that has one or two more
   */
  default Tensor pad(long[] widths, PadMode mode) {
    return call("aten::pad", self(), Value.of(widths), Value.of(mode.toString()));
  }

  /**
   * Along a dimension, the elements that {@code index} tells; a copy in the shape of {@code index}.
   *
   * @param index int64, of the same rank, and in the other dimensions not larger
   */
  default Tensor gather(long dim, Tensor index) {
    return call("aten::gather", self(), Value.of(dim), Value.of(index));
  }

  /**
   * A copy with the elements of {@code source} put, along a dimension, where {@code index} tells.
   * Of several put to one place, it is not said which remains.
   *
   * @param index int64, of the same rank
   * @param source of this dtype, in no dimension smaller than {@code index}
   */
  default Tensor scatter(long dim, Tensor index, Tensor source) {
    return call("aten::scatter.src", self(), Value.of(dim), Value.of(index), Value.of(source));
  }

  /**
   * A copy with a number put, along a dimension, where {@code index} tells.
   *
   * @param index int64, of the same rank
   * @throws IllegalArgumentException for a {@link Number} that is not an int, long, float or double
   */
  default Tensor scatter(long dim, Tensor index, Number value) {
    return call("aten::scatter.value", self(), Value.of(dim), Value.of(index), scalar(value));
  }

  private static Value values(List<Tensor> tensors) {
    return Value.list(tensors.stream().map(Value::of).toArray(Value[]::new));
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
