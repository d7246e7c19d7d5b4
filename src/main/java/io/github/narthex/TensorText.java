package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Writes tensors for people to read: some lines of some columns, whatever the shape. Of a large
 * tensor only those elements are read that are shown.
 */
final class TensorText {
  /** A longer row is abridged. */
  private static final long FULL_ROW = 10;

  /** If there are more rows, they are abridged. */
  private static final long FULL_ROWS = 20;

  /** How much of each abridged dimension is shown, from the innermost one out; then the last. */
  private static final List<Ends> ABRIDGED =
      List.of(new Ends(3, 3), new Ends(3, 3), new Ends(1, 1), new Ends(1, 0));

  /** So many positions at the beginning of a dimension, and at its end. */
  private record Ends(int first, int last) {}

  /** A dimension of which only the ends are shown. */
  private record Cut(int dimension, long size, Ends ends) {
    long[] positions() {
      return LongStream.concat(
              LongStream.range(0, ends.first()), LongStream.range(size - ends.last(), size))
          .toArray();
    }
  }

  private TensorText() {}

  static String of(Tensor given) {
    Tensor tensor = given.untraced();
    Shape shape = tensor.shape();
    String head =
        "Tensor(%s, %s, %s%s)"
            .formatted(tensor.dtype(), shape, tensor.device(), quantization(tensor));
    if (LongStream.of(shape.toArray()).anyMatch(size -> size == 0)) {
      return head;
    }
    List<Cut> cuts = cuts(shape);
    StringBuilder text = new StringBuilder(head).append(shape.rank() == 0 ? " " : "\n");
    try (Arena passing = Arena.ofConfined()) {
      Tensor shown = cut(passing, tensor, cuts);
      new Writer(shown.shape(), cuts, ElementText.of(shown), text).write(0, 0);
    } catch (OperatorException e) {
      return head; // sparse, for one
    }
    return text.toString();
  }

  private static String quantization(Tensor tensor) {
    if (!tensor.dtype().isQuantized()) {
      return "";
    }
    return tensor
        .quantization()
        .map(q -> ", scale %s, zero point %d".formatted(q.scale(), q.zeroPoint()))
        .orElse(", a scale for each channel");
  }

  /** The dimensions to abridge. */
  private static List<Cut> cuts(Shape shape) {
    double rows = 1; // not exact, but it can't overflow
    for (int i = 0; i < shape.rank() - 1; i++) {
      rows *= shape.dim(i);
    }
    List<Cut> cuts = new ArrayList<>();
    for (int i = shape.rank() - 1; i >= 0; i--) {
      int fromInnermost = shape.rank() - 1 - i;
      Ends ends = ABRIDGED.get(Math.min(fromInnermost, ABRIDGED.size() - 1));
      boolean tooMany = fromInnermost == 0 ? shape.dim(i) > FULL_ROW : rows > FULL_ROWS;
      if (tooMany && shape.dim(i) > ends.first() + ends.last()) {
        cuts.add(new Cut(i, shape.dim(i), ends));
      }
    }
    return cuts;
  }

  /** The elements that are shown; the largest dimension goes first, so that little is copied. */
  private static Tensor cut(Arena arena, Tensor tensor, List<Cut> cuts) {
    Tensor shown = tensor;
    for (Cut cut : cuts.stream().sorted(Comparator.comparingLong(Cut::size).reversed()).toList()) {
      Tensor positions = Tensor.of(arena, cut.positions(), cut.positions().length);
      shown =
          Operator.of("aten::index_select")
              .tensor(
                  arena,
                  Value.of(shown),
                  Value.of(cut.dimension()),
                  Value.of(positions.to(shown.device())));
    }
    return shown;
  }

  private record Writer(Shape shape, List<Cut> cuts, List<String> elements, StringBuilder text) {
    /** Writes the part that leading dimensions lead to; returns the element after it. */
    int write(int dimension, int from) {
      if (dimension == shape.rank()) {
        text.append(elements.get(from));
        return from + 1;
      }
      boolean last = dimension == shape.rank() - 1;
      String separator = last ? ", " : ",\n" + " ".repeat(dimension + 1);
      int gap = gap(dimension);
      int next = from;
      text.append('[');
      for (int i = 0; i < shape.dim(dimension); i++) {
        text.append(i == 0 ? "" : separator);
        next = write(dimension + 1, next);
        text.append(i + 1 == gap ? separator + "..." : "");
      }
      text.append(']');
      return next;
    }

    /** After how many positions some are left out; 0 where none are. */
    private int gap(int dimension) {
      return cuts.stream()
          .filter(cut -> cut.dimension() == dimension)
          .mapToInt(cut -> cut.ends().first())
          .findFirst()
          .orElse(0);
    }
  }
}
