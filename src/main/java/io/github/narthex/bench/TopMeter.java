package io.github.narthex.bench;

import io.github.narthex.io.Elements;
import io.github.narthex.io.NpyArray;

/** Counts right answers, sample by sample. Keeps nothing of what it is given. */
final class TopMeter {
  private static final int FEW = 5;

  private long samples;
  private long first;
  private long amongFew;
  private boolean hasMore = true;

  /**
   * Adds an answer.
   *
   * @param scores one for each class
   * @param label the right class; if there is no score for it, the answer is wrong
   */
  void add(NpyArray scores, int label) {
    samples++;
    hasMore &= scores.shape().elementCount() > FEW;
    long place = place(scores, label);
    if (place == 0) {
      first++;
    }
    if (place < FEW) {
      amongFew++;
    }
  }

  /** How many classes come before that one. Of equal scores the first counts, as with argmax. */
  private static long place(NpyArray scores, int label) {
    long classes = scores.shape().elementCount();
    if (label >= classes) {
      return Long.MAX_VALUE;
    }
    double own = score(scores, label);
    if (Double.isNaN(own)) {
      return Long.MAX_VALUE;
    }
    long before = 0;
    for (long i = 0; i < classes; i++) {
      double other = score(scores, i);
      if (other > own || (other == own && i < label) || Double.isNaN(other)) {
        before++;
      }
    }
    return before;
  }

  private static double score(NpyArray scores, long index) {
    return Elements.getDouble(scores.data(), scores.dtype(), index);
  }

  TopAccuracy accuracy() {
    return new TopAccuracy(
        first / (double) samples, hasMore ? amongFew / (double) samples : Double.NaN);
  }
}
