package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch divided along dimension 0: tensors that have one, wherever they are in the inputs. Other
 * values go to each part.
 *
 * @param rows of each part
 * @param inputs of each part
 */
record BatchParts(List<Long> rows, List<List<Value>> inputs) {
  /**
   * Divides a batch into as equal parts as there are rows for; the first ones are the larger ones.
   *
   * @param arena owns the parts, which may be views
   */
  static BatchParts scatter(Arena arena, List<Value> inputs, int count) {
    List<Long> sizes =
        inputs.stream()
            .flatMap(input -> input.tensors().stream())
            .filter(BatchParts::isDivided)
            .map(tensor -> tensor.shape().dim(0))
            .distinct()
            .toList();
    if (sizes.size() != 1) {
      throw new IllegalArgumentException(
          sizes.isEmpty()
              ? "expected an input with a dimension to divide, got none"
              : "expected inputs of equally many rows, got " + sizes);
    }
    long all = sizes.getFirst();
    long parts = Math.max(1, Math.min(count, all));
    List<Long> rows = new ArrayList<>();
    List<List<Value>> divided = new ArrayList<>();
    long start = 0;
    for (int i = 0; i < parts; i++) {
      long begin = start;
      long length = all / parts + (i < all % parts ? 1 : 0);
      rows.add(length);
      divided.add(
          inputs.stream()
              .map(input -> input.withTensors(tensor -> part(arena, tensor, begin, length)))
              .toList());
      start += length;
    }
    return new BatchParts(rows, divided);
  }

  private static boolean isDivided(Tensor tensor) {
    return tensor.shape().rank() > 0;
  }

  private static Tensor part(Arena arena, Tensor tensor, long begin, long length) {
    return isDivided(tensor)
        ? Operator.of("aten::narrow")
            .tensor(arena, Value.of(tensor), Value.of(0), Value.of(begin), Value.of(length))
        : tensor;
  }

  /**
   * The parts' results as one, their tensors one after the other along dimension 0; a copy.
   *
   * @param arena owns the result
   * @throws IllegalStateException if results are not divided as the inputs are
   */
  Value gather(Arena arena, List<Value> results) {
    Value first = results.getFirst();
    List<List<Tensor>> tensors = results.stream().map(Value::tensors).toList();
    for (int part = 0; part < results.size(); part++) {
      requireLike(first, results.get(part));
      for (Tensor tensor : tensors.get(part)) {
        requireRows(tensor, rows.get(part));
      }
    }
    if (results.size() == 1) {
      return first.withTensors(tensor -> tensor.copy(arena));
    }
    int[] next = {0};
    return first.withTensors(
        _ -> {
          int index = next[0]++;
          return ShapeOperators.cat(
              arena, tensors.stream().map(part -> part.get(index)).toList(), 0);
        });
  }

  /** All but the tensors must be equal: there is one of it in the result. */
  private static void requireLike(Value first, Value other) {
    List<Tensor> tensors = first.tensors();
    Value shape = tensors.isEmpty() ? first : first.withTensors(_ -> tensors.getFirst());
    if (!shape.equals(tensors.isEmpty() ? other : other.withTensors(_ -> tensors.getFirst()))) {
      throw new IllegalStateException(
          "parts of the batch have different results beside their tensors, which can't be joined");
    }
  }

  private static void requireRows(Tensor tensor, long rows) {
    Shape shape = tensor.shape();
    if (shape.rank() == 0 || shape.dim(0) != rows) {
      throw new IllegalStateException(
          "expected outputs of %d rows from inputs of so many, got %s: such parts can't be joined"
              .formatted(rows, tensor.info()));
    }
  }
}
