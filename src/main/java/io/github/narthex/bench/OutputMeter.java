package io.github.narthex.bench;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.io.Elements;
import io.github.narthex.io.NpyArray;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The running sums over one output of a model. */
final class OutputMeter {
  /** Beyond this, the mean output is not kept, and there is no signal error. */
  private static final long MAX_MEAN_ELEMENTS = 1 << 27;

  private final int output;
  private Optional<String> mismatch = Optional.empty();
  private int inputs;
  private long elements;
  private double maxAbs;
  private double sumAbs;
  private double sumSquares;
  private double maxReference;
  private double minCosine = 1;
  private long rows;
  private long agreeingRows;

  /** Welford's method: the mean so far of each element, and the sum of all their deviations. */
  private double @Nullable [] mean;

  private double deviation;
  private @Nullable Shape shape;

  OutputMeter(int output) {
    this.output = output;
  }

  void add(NpyArray reference, NpyArray candidate) {
    if (mismatch.isPresent()) {
      return;
    }
    if (!candidate.shape().equals(reference.shape())) {
      mismatch = Optional.of(differs("the shape", candidate.shape(), reference.shape()));
      return;
    }
    if (candidate.dtype() != reference.dtype()) {
      mismatch = Optional.of(differs("the dtype", candidate.dtype(), reference.dtype()));
      return;
    }
    startMean(reference.shape());
    inputs++;
    addElements(reference, candidate);
    if (reference.dtype().isFloatingPoint()) {
      addRows(reference, candidate);
    }
  }

  private void startMean(Shape next) {
    if (shape == null) {
      shape = next;
      long count = next.elementCount();
      mean = count <= MAX_MEAN_ELEMENTS ? new double[(int) count] : null;
    } else if (!shape.equals(next)) {
      mean = null;
    }
  }

  private void addElements(NpyArray reference, NpyArray candidate) {
    double dot = 0;
    double referenceSquares = 0;
    double candidateSquares = 0;
    double @Nullable [] means = mean;
    long count = reference.shape().elementCount();
    for (long i = 0; i < count; i++) {
      double expected = Elements.getDouble(reference.data(), reference.dtype(), i);
      double actual = Elements.getDouble(candidate.data(), candidate.dtype(), i);
      if (!Double.isFinite(expected) || !Double.isFinite(actual)) {
        if (Double.compare(expected, actual) != 0) {
          mismatch = Optional.of(differs(actual, expected, i));
          return;
        }
        continue;
      }
      double error = error(reference, candidate, i, expected, actual);
      elements++;
      maxAbs = Math.max(maxAbs, error);
      sumAbs += error;
      sumSquares += error * error;
      maxReference = Math.max(maxReference, Math.abs(expected));
      dot += expected * actual;
      referenceSquares += expected * expected;
      candidateSquares += actual * actual;
      if (means != null) {
        double before = expected - means[(int) i];
        means[(int) i] += before / inputs;
        deviation += before * (expected - means[(int) i]);
      }
    }
    double lengths = Math.sqrt(referenceSquares) * Math.sqrt(candidateSquares);
    boolean areBothZero = referenceSquares == 0 && candidateSquares == 0;
    double cosine = lengths > 0 ? dot / lengths : areBothZero ? 1 : 0;
    minCosine = Math.min(minCosine, Math.clamp(cosine, -1.0, 1.0));
  }

  private static double error(
      NpyArray reference, NpyArray candidate, long i, double expected, double actual) {
    double error = Math.abs(actual - expected);
    if (error == 0 && reference.dtype() == DType.INT64) {
      // Beyond 2^53 different integers are the same double.
      long difference =
          Elements.getLong(reference.data(), DType.INT64, i)
              - Elements.getLong(candidate.data(), DType.INT64, i);
      return Math.abs((double) difference);
    }
    return error;
  }

  private void addRows(NpyArray reference, NpyArray candidate) {
    Shape dims = reference.shape();
    if (dims.rank() == 0 || dims.elementCount() == 0) {
      return;
    }
    int axis = dims.rank() == 4 || dims.rank() == 5 ? 1 : dims.rank() - 1;
    long size = dims.dim(axis);
    if (size < 2) {
      return;
    }
    long stride = 1;
    for (int d = axis + 1; d < dims.rank(); d++) {
      stride *= dims.dim(d);
    }
    long outer = dims.elementCount() / (size * stride);
    for (long i = 0; i < outer; i++) {
      for (long j = 0; j < stride; j++) {
        long first = i * size * stride + j;
        // Where the reference has several largest elements, each of them is right.
        long expected = argmax(reference, first, size, stride);
        long actual = argmax(candidate, first, size, stride);
        rows++;
        if (Elements.getDouble(reference.data(), reference.dtype(), expected)
            == Elements.getDouble(reference.data(), reference.dtype(), actual)) {
          agreeingRows++;
        }
      }
    }
  }

  private static long argmax(NpyArray array, long first, long size, long stride) {
    long best = first;
    double max = Double.NEGATIVE_INFINITY;
    for (long k = 0; k < size; k++) {
      double value = Elements.getDouble(array.data(), array.dtype(), first + k * stride);
      if (value > max) {
        max = value;
        best = first + k * stride;
      }
    }
    return best;
  }

  Accuracy accuracy(int allInputs) {
    if (mismatch.isPresent()) {
      return Accuracy.mismatched(allInputs, mismatch.get());
    }
    return new Accuracy(
        maxAbs,
        ratio(maxAbs, maxReference),
        elements == 0 ? 0 : sumAbs / elements,
        minCosine,
        rows == 0 ? Double.NaN : (double) agreeingRows / rows,
        signalError(),
        allInputs,
        Optional.empty());
  }

  private double signalError() {
    if (mean == null || inputs < 2 || elements == 0) {
      return Double.NaN;
    }
    double error = Math.sqrt(sumSquares / elements);
    // The mean over all pairs of inputs of their squared difference is twice the variance.
    double perInput = (double) elements / inputs;
    double signal = Math.sqrt(2 * deviation / (inputs - 1) / perInput);
    return ratio(error, signal);
  }

  private static double ratio(double error, double size) {
    return error == 0 ? 0 : error / size;
  }

  private String differs(String what, Object actual, Object expected) {
    return "output %d of input %d has %s %s, the reference %s"
        .formatted(output, inputs, what, actual, expected);
  }

  private String differs(double actual, double expected, long element) {
    return "output %d of input %d has %s at element %d, the reference %s"
        .formatted(output, inputs - 1, text(actual), element, text(expected));
  }

  private static String text(double value) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%.4g", value)
        : Double.toString(value);
  }
}
