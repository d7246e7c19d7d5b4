package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;
import static io.github.narthex.OperatorCalls.dims;
import static io.github.narthex.OperatorCalls.withIndices;

/**
 * Reductions over dimensions, and orders along one.
 *
 * <p>A dimension is counted from 0, or from -1 backwards. Where several can be given, none stands
 * for all of them. A dimension that is reduced is left out of the result's shape or, with {@code
 * keepDim}, has the size 1.
 *
 * <p>Each method returns new tensors in the arena of {@code this}, in its dtype where nothing else
 * is said. It throws {@link OperatorException} with libtorch's reason if there is no such
 * dimension, the dtype does not fit or there is nothing to choose from, {@link
 * UnsupportedException} where libtorch has no code for the dtype, {@link IllegalStateException} for
 * a closed tensor and {@link WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface ReductionOperators permits Tensor {
  /** The sum; int64 for integers and bool. */
  default Tensor sum(long... dims) {
    return sum(false, dims);
  }

  /** The sum; int64 for integers and bool. */
  default Tensor sum(boolean keepDim, long... dims) {
    return call("aten::sum.dim_IntList", self(), dims(dims), Value.of(keepDim));
  }

  /** The product of all elements; int64 for integers and bool. */
  default Tensor prod() {
    return call("aten::prod", self());
  }

  /** The product along a dimension; int64 for integers and bool. */
  default Tensor prod(long dim, boolean keepDim) {
    return call("aten::prod.dim_int", self(), Value.of(dim), Value.of(keepDim));
  }

  /** The mean, of floating-point numbers. */
  default Tensor mean(long... dims) {
    return mean(false, dims);
  }

  /** The mean, of floating-point numbers. */
  default Tensor mean(boolean keepDim, long... dims) {
    return call("aten::mean.dim", self(), dims(dims), Value.of(keepDim));
  }

  /** The variance of a sample (divided by one less than the count), of floating-point numbers. */
  default Tensor var(long... dims) {
    return var(1, false, dims);
  }

  /**
   * The variance, of floating-point numbers.
   *
   * @param correction what is taken off the count before it divides: 0 for a whole population
   */
  default Tensor var(double correction, boolean keepDim, long... dims) {
    return call(
        "aten::var.correction", self(), dims(dims), Value.of(correction), Value.of(keepDim));
  }

  /** The root of {@link #var(long...)}. */
  default Tensor std(long... dims) {
    return std(1, false, dims);
  }

  /** The root of {@link #var(double, boolean, long...)}. */
  default Tensor std(double correction, boolean keepDim, long... dims) {
    return call(
        "aten::std.correction", self(), dims(dims), Value.of(correction), Value.of(keepDim));
  }

  /** The Euclidean norm, of floating-point numbers. */
  default Tensor norm(long... dims) {
    return norm(2, false, dims);
  }

  /**
   * The norm, of floating-point numbers, as of one vector.
   *
   * @param order 1 for the sum of magnitudes, 2 for the Euclidean norm, infinity for the largest
   *     magnitude, 0 for the count of what is not zero
   */
  default Tensor norm(double order, boolean keepDim, long... dims) {
    return call("aten::linalg_vector_norm", self(), Value.of(order), dims(dims), Value.of(keepDim));
  }

  /**
   * {@code log(sum(exp(this)))}, without overflow; float32 for integers.
   *
   * @param dims at least one
   */
  default Tensor logsumexp(boolean keepDim, long... dims) {
    return call("aten::logsumexp", self(), Value.of(dims), Value.of(keepDim));
  }

  /** The largest element; NaN if there is one. */
  default Tensor max() {
    return call("aten::max", self());
  }

  /** The largest elements along a dimension; NaN if there is one. */
  default ValuesAndIndices max(long dim, boolean keepDim) {
    return withIndices("aten::max.dim", self(), Value.of(dim), Value.of(keepDim));
  }

  /** The smallest element; NaN if there is one. */
  default Tensor min() {
    return call("aten::min", self());
  }

  /** The smallest elements along a dimension; NaN if there is one. */
  default ValuesAndIndices min(long dim, boolean keepDim) {
    return withIndices("aten::min.dim", self(), Value.of(dim), Value.of(keepDim));
  }

  /** Where the largest element is, counted row-major; int64. */
  default Tensor argmax() {
    return call("aten::argmax", self());
  }

  /** Where the largest elements along a dimension are; int64. */
  default Tensor argmax(long dim, boolean keepDim) {
    return call("aten::argmax", self(), Value.of(dim), Value.of(keepDim));
  }

  /** Where the smallest element is, counted row-major; int64. */
  default Tensor argmin() {
    return call("aten::argmin", self());
  }

  /** Where the smallest elements along a dimension are; int64. */
  default Tensor argmin(long dim, boolean keepDim) {
    return call("aten::argmin", self(), Value.of(dim), Value.of(keepDim));
  }

  /** Whether an element is not zero; bool, but uint8 of uint8. */
  default Tensor any(long... dims) {
    return any(false, dims);
  }

  /** Whether an element is not zero; bool, but uint8 of uint8. */
  default Tensor any(boolean keepDim, long... dims) {
    return call("aten::any.dims", self(), dims(dims), Value.of(keepDim));
  }

  /** Whether no element is zero; bool, but uint8 of uint8. */
  default Tensor all(long... dims) {
    return all(false, dims);
  }

  /** Whether no element is zero; bool, but uint8 of uint8. */
  default Tensor all(boolean keepDim, long... dims) {
    return call("aten::all.dims", self(), dims(dims), Value.of(keepDim));
  }

  /** The sum of all elements up to each, along a dimension; int64 for integers and bool. */
  default Tensor cumsum(long dim) {
    return call("aten::cumsum", self(), Value.of(dim));
  }

  /** The {@code k} largest elements along the last dimension, in falling order. */
  default ValuesAndIndices topk(long k) {
    return topk(k, -1, true);
  }

  /**
   * The {@code k} first elements along a dimension, in their order.
   *
   * @param largest whether the order is falling
   */
  default ValuesAndIndices topk(long k, long dim, boolean largest) {
    return withIndices("aten::topk", self(), Value.of(k), Value.of(dim), Value.of(largest));
  }

  /** All elements in order along a dimension; equal ones keep theirs. */
  default ValuesAndIndices sort(long dim, boolean descending) {
    return withIndices(
        "aten::sort.stable", self(), Value.of(true), Value.of(dim), Value.of(descending));
  }

  /** The indices that {@link #sort} has; int64. */
  default Tensor argsort(long dim, boolean descending) {
    return call(
        "aten::argsort.stable", self(), Value.of(true), Value.of(dim), Value.of(descending));
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
