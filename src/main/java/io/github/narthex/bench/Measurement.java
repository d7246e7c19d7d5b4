package io.github.narthex.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one recipe did. What was not reached is null.
 *
 * @param recipe its text
 * @param batch the size of the inputs' dimension 0
 * @param threads intra-op threads
 * @param reason why the status is not {@code ok}, in one line
 * @param latency of the timed forwards
 * @param throughputPerS items (batch times forwards) a second
 * @param firstInferenceMs the first forward after loading
 * @param loadMs loading the file, applying the recipe and binding the inputs
 * @param speedUp against the baseline
 * @param accuracy against the baseline's answers
 * @param peakRssBytes the most memory that its process had in RAM
 * @param peakDeviceBytes the most that libtorch had taken from the device in its process; null on
 *     the CPU
 * @param warmUp how many forwards were run before the timed ones
 * @param steady whether latencies had settled by then
 * @param disturbance what disturbed the timed turns
 * @param notes what applying the recipe came to, a line each
 * @param turns what each turn gave, in their order; empty where that is not known
 */
public record Measurement(
    String recipe,
    long batch,
    int threads,
    String device,
    Status status,
    @Nullable String reason,
    @Nullable Latency latency,
    @Nullable Double throughputPerS,
    @Nullable Double firstInferenceMs,
    @Nullable Double loadMs,
    @Nullable SpeedUp speedUp,
    @Nullable Accuracy accuracy,
    @Nullable Long peakRssBytes,
    @Nullable Long peakDeviceBytes,
    @Nullable Long warmUp,
    @Nullable Boolean steady,
    @Nullable Disturbance disturbance,
    List<String> notes,
    List<Turn> turns) {
  /** The lists are copied. */
  public Measurement {
    notes = List.copyOf(notes);
    turns = List.copyOf(turns);
  }

  /** A row on the CPU of which no turns are known. */
  public Measurement(
      String recipe,
      long batch,
      int threads,
      String device,
      Status status,
      @Nullable String reason,
      @Nullable Latency latency,
      @Nullable Double throughputPerS,
      @Nullable Double firstInferenceMs,
      @Nullable Double loadMs,
      @Nullable SpeedUp speedUp,
      @Nullable Accuracy accuracy,
      @Nullable Long peakRssBytes,
      @Nullable Long warmUp,
      @Nullable Boolean steady,
      @Nullable Disturbance disturbance,
      List<String> notes) {
    this(
        recipe,
        batch,
        threads,
        device,
        status,
        reason,
        latency,
        throughputPerS,
        firstInferenceMs,
        loadMs,
        speedUp,
        accuracy,
        peakRssBytes,
        null,
        warmUp,
        steady,
        disturbance,
        notes,
        List.of());
  }

  /** A row of what was not measured. */
  public static Measurement failed(
      String recipe,
      long batch,
      int threads,
      String device,
      Status status,
      @Nullable String reason) {
    return new Measurement(
        recipe, batch, threads, device, status, reason, null, null, null, null, null, null, null,
        null, null, null, List.of());
  }

  /** Whether it ran, and its answers were found to hold; only then is it recommended. */
  public boolean holds() {
    return status == Status.OK && latency != null && accuracy != null;
  }

  /** The median latency in milliseconds; infinite if there is none. */
  public double p50Ms() {
    return latency == null ? Double.POSITIVE_INFINITY : latency.p50Ms();
  }

  /** Items a second; 0 if there are none. */
  public double itemsPerS() {
    return throughputPerS == null ? 0 : throughputPerS;
  }
}
