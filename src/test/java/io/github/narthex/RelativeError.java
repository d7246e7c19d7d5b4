package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** How far off a tensor is. */
final class RelativeError {
  private RelativeError() {}

  /**
   * The largest difference of an element, as a fraction of the largest element that is expected;
   * NaN where one is, so that no comparison with it holds. Dtypes and shapes must be the same.
   */
  static double of(Tensor expected, Tensor actual) {
    assertEquals(expected.dtype(), actual.dtype());
    assertEquals(expected.shape(), actual.shape());
    float[] reference = expected.toFloatArray();
    float[] other = actual.toFloatArray();
    double largest = 0;
    double scale = 0;
    for (int i = 0; i < reference.length; i++) {
      largest = Math.max(largest, Math.abs(reference[i] - other[i]));
      scale = Math.max(scale, Math.abs(reference[i]));
    }
    return reference.length == 0 ? 0 : largest / scale;
  }
}
