package io.github.narthex.bench;

/** A row of a report that is about one measurement. */
public interface Measured {
  /** What was measured. */
  Measurement measurement();

  /** Whether it ran, and its answers were found to hold; only then is it recommended. */
  default boolean holds() {
    return measurement().holds();
  }

  /** The median latency in milliseconds; infinite if there is none. */
  default double p50Ms() {
    return measurement().p50Ms();
  }

  /** Items a second; 0 if there are none. */
  default double itemsPerS() {
    return measurement().itemsPerS();
  }
}
