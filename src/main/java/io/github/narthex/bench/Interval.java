package io.github.narthex.bench;

/** A 95 % confidence interval. */
public record Interval(double low, double high) {
  /** Whether the value lies inside, its ends included. */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }
}
