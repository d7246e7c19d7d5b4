package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.io.Elements;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AccuracyTest {
  private static final double NAN = Double.NaN;
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void isPerfectForTheSame() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(1, -2, 3)), List.of(floats(1, -2, 3)));
    meter.add(List.of(floats(4, 5, 6)), List.of(floats(4, 5, 6)));
    assertEquals(new Accuracy(0, 0, 0, 1, 1, 0, 2, Optional.empty()), rounded(meter.worst()));
    assertTrue(meter.worst().isWithin(0));
  }

  @Test
  void computesEachFigure() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(1, 2, 4)), List.of(floats(1, 2.5, 4)));
    meter.add(List.of(floats(3, 2, -8)), List.of(floats(3, 3, -7)));
    Accuracy accuracy = meter.worst();
    assertEquals(1, accuracy.maxAbs());
    assertEquals(1.0 / 8, accuracy.maxRel());
    assertEquals(2.5 / 6, accuracy.meanAbs(), 1e-12);
    double first = (1 + 5 + 16) / Math.sqrt(21 * (1 + 6.25 + 16));
    double second = (9 + 6 + 56) / Math.sqrt(77 * (9 + 9 + 49));
    assertEquals(Math.min(first, second), accuracy.cosine(), 1e-12);
    // In the second input 3 and 3 tie: the first of them is the candidate's, and is right.
    assertEquals(1, accuracy.argmaxAgreement());
    double error = Math.sqrt((0.25 + 1 + 1) / 6);
    double signal = Math.sqrt((4 + 0 + 144) / 3.0);
    assertEquals(error / signal, accuracy.signalError(), 1e-12);
    assertEquals(2, accuracy.inputs());
    assertTrue(accuracy.isWithin(0.125));
    assertFalse(accuracy.isWithin(0.124));
  }

  @Test
  void signalErrorIsOverAllPairsOfInputs() {
    Random random = new Random(5);
    double[][] inputs = new double[7][20];
    AccuracyMeter meter = new AccuracyMeter();
    double error = 0;
    for (double[] values : inputs) {
      double[] off = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = 100 + random.nextGaussian();
        off[i] = values[i] + 0.1 * random.nextGaussian();
        error += Math.pow(off[i] - values[i], 2) / (inputs.length * values.length);
      }
      meter.add(
          List.of(array(DType.FLOAT64, Shape.of(20), values)),
          List.of(array(DType.FLOAT64, Shape.of(20), off)));
    }
    double signal = 0;
    int pairs = 0;
    for (int a = 0; a < inputs.length; a++) {
      for (int b = 0; b < a; b++, pairs++) {
        for (int i = 0; i < 20; i++) {
          signal += Math.pow(inputs[a][i] - inputs[b][i], 2) / 20;
        }
      }
    }
    assertEquals(Math.sqrt(error / (signal / pairs)), meter.worst().signalError(), 1e-9);
  }

  @Test
  void hasNoSignalErrorForOneInput() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(1, 2)), List.of(floats(1, 3)));
    assertEquals(NAN, meter.worst().signalError());
  }

  @Test
  void hasNoSignalErrorWhenShapesChange() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(1, 2)), List.of(floats(1, 3)));
    meter.add(List.of(floats(1, 2, 3)), List.of(floats(1, 2, 3)));
    assertEquals(NAN, meter.worst().signalError());
    assertEquals(1, meter.worst().maxAbs());
  }

  @Test
  void hasNoBoundWhereTheReferenceIsZero() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(0, 0)), List.of(floats(0, 1)));
    meter.add(List.of(floats(0, 0)), List.of(floats(0, 0)));
    Accuracy accuracy = meter.worst();
    assertEquals(INFINITY, accuracy.maxRel());
    assertEquals(INFINITY, accuracy.signalError());
    assertEquals(0, accuracy.cosine());
    assertFalse(accuracy.isWithin(1e9));
  }

  @Test
  void countsRowsOverTheClasses() {
    AccuracyMeter meter = new AccuracyMeter();
    // Two classes at three places: the classes are dimension 1, as in segmentation.
    Shape image = Shape.of(1, 2, 1, 3);
    meter.add(
        List.of(array(DType.FLOAT32, image, 1, 1, 0, 0, 0, 1)),
        List.of(array(DType.FLOAT32, image, 1, 0, 0, 0, 1, 1)));
    assertEquals(2.0 / 3, meter.worst().argmaxAgreement(), 1e-12);
    meter = new AccuracyMeter();
    Shape rows = Shape.of(2, 2);
    meter.add(
        List.of(array(DType.FLOAT32, rows, 1, 0, 0, 1)),
        List.of(array(DType.FLOAT32, rows, 1, 0, 1, 0)));
    assertEquals(0.5, meter.worst().argmaxAgreement());
  }

  @Test
  void acceptsAnyOfEquallyLargeElements() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(2, 2, 1)), List.of(floats(2, 2.1, 1)));
    assertEquals(1, meter.worst().argmaxAgreement());
  }

  @Test
  void hasNoArgmaxForIntegersAndSingleElements() {
    AccuracyMeter meter = new AccuracyMeter();
    NpyArray ids = array(DType.INT64, Shape.of(3), 1, 2, 3);
    meter.add(List.of(floats(7), ids), List.of(floats(7), ids));
    assertEquals(NAN, meter.worst().argmaxAgreement());
  }

  @Test
  void comparesLargeIntegersExactly() {
    NpyArray a = array(DType.INT64, Shape.of(1), 0);
    NpyArray b = array(DType.INT64, Shape.of(1), 0);
    Elements.setLong(a.data(), DType.INT64, 0, 1L << 60);
    Elements.setLong(b.data(), DType.INT64, 0, (1L << 60) + 1);
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(a), List.of(b));
    assertEquals(1, meter.worst().maxAbs());
  }

  @Test
  void refusesNanWhereTheReferenceHasNone() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(1, 2)), List.of(floats(1, 2)));
    meter.add(List.of(floats(1, 2)), List.of(floats(1, NAN)));
    Accuracy accuracy = meter.worst();
    assertEquals(
        Optional.of("output 0 of input 1 has NaN at element 1, the reference 2.000"),
        accuracy.mismatch());
    assertEquals(NAN, accuracy.maxAbs());
    assertEquals(2, accuracy.inputs());
    assertFalse(accuracy.isWithin(INFINITY));
  }

  @Test
  void refusesInfinityOfTheOtherSign() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(INFINITY)), List.of(floats(-INFINITY)));
    assertEquals(
        Optional.of("output 0 of input 0 has -Infinity at element 0, the reference Infinity"),
        meter.worst().mismatch());
  }

  @Test
  void passesOverWhatIsNotFiniteInBoth() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(NAN, INFINITY, 2)), List.of(floats(NAN, INFINITY, 1)));
    Accuracy accuracy = meter.worst();
    assertEquals(1, accuracy.maxAbs());
    assertEquals(0.5, accuracy.maxRel());
    assertEquals(1, accuracy.meanAbs());
    assertEquals(1, accuracy.argmaxAgreement());
  }

  @Test
  void refusesOtherShapesDtypesAndCounts() {
    assertMismatch(
        "output 0 of input 0 has the shape 2, the reference 3",
        List.of(floats(1, 2, 3)),
        List.of(floats(1, 2)));
    assertMismatch(
        "output 1 of input 0 has the dtype bfloat16, the reference float32",
        List.of(floats(1), floats(1)),
        List.of(floats(1), array(DType.BFLOAT16, Shape.of(1), 1)));
    assertMismatch(
        "1 output for input 0, the reference has 2",
        List.of(floats(1), floats(1)),
        List.of(floats(1)));
  }

  @Test
  void takesTheWorstOfSeveralOutputs() {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(List.of(floats(10, 20), floats(1)), List.of(floats(10, 19), floats(1.5)));
    assertEquals(2, meter.outputs().size());
    assertEquals(0.05, meter.outputs().get(0).maxRel());
    assertEquals(0.5, meter.outputs().get(1).maxRel());
    Accuracy worst = meter.worst();
    assertEquals(1, worst.maxAbs());
    assertEquals(0.5, worst.maxRel());
    assertEquals(1, worst.argmaxAgreement());
  }

  @Test
  void needsAnOutput() {
    assertThrows(IllegalStateException.class, () -> new AccuracyMeter().worst());
  }

  private static void assertMismatch(
      String expected, List<NpyArray> reference, List<NpyArray> candidate) {
    AccuracyMeter meter = new AccuracyMeter();
    meter.add(reference, candidate);
    assertEquals(Optional.of(expected), meter.worst().mismatch());
    assertFalse(meter.worst().isWithin(1));
  }

  private static Accuracy rounded(Accuracy a) {
    double cosine = Math.round(a.cosine() * 1e12) / 1e12;
    return new Accuracy(
        a.maxAbs(),
        a.maxRel(),
        a.meanAbs(),
        cosine,
        a.argmaxAgreement(),
        a.signalError(),
        a.inputs(),
        a.mismatch());
  }

  private NpyArray floats(double... values) {
    return array(DType.FLOAT32, Shape.of(values.length), values);
  }

  private NpyArray array(DType dtype, Shape shape, double... values) {
    NpyArray array = new NpyArray(dtype, shape, arena.allocate(shape.byteSize(dtype)));
    for (int i = 0; i < values.length; i++) {
      Elements.setDouble(array.data(), dtype, i, values[i]);
    }
    return array;
  }
}
