package io.github.narthex.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Times the stages of requests, one after the other on one thread.
 *
 * <pre>{@code
 * StageTimes times = new StageTimes();
 * for (Request request : requests) {
 *   try (var stage = times.begin(Stage.PREPROCESS)) { … }
 *   try (var stage = times.begin(Stage.FORWARD)) { session.run(); }
 * }
 * times.shares().forEach(System.out::println);
 * }</pre>
 *
 * <p>Each is a {@link Profiler#range} too. Used by one thread; each thread has its own.
 */
public final class StageTimes {
  private final Map<Stage, Nanos> stages = new EnumMap<>(Stage.class);

  /** No times yet. */
  public StageTimes() {}

  /**
   * What a stage took.
   *
   * @param stage which
   * @param count how often it was there
   * @param medianNanos the median of its times
   * @param meanNanos the mean of its times
   * @param share of the time of all stages, from 0 to 1
   */
  public record Share(Stage stage, long count, long medianNanos, double meanNanos, double share) {}

  /** A stage that goes on. */
  public final class Running implements AutoCloseable {
    private final Stage stage;
    private final Profiler.Range range;
    private final long began;
    private boolean hasEnded;

    private Running(Stage stage) {
      this.stage = stage;
      this.range = Profiler.range(stage.toString());
      this.began = System.nanoTime();
    }

    /** Ends it. */
    @Override
    public void close() {
      if (!hasEnded) {
        hasEnded = true;
        add(stage, System.nanoTime() - began);
        range.close();
      }
    }
  }

  /**
   * Begins a stage.
   *
   * @return to be closed on this thread when the stage ends
   */
  public Running begin(Stage stage) {
    return new Running(stage);
  }

  /** Adds a time that was taken otherwise. */
  public void add(Stage stage, long nanos) {
    stages.computeIfAbsent(stage, _ -> new Nanos()).add(nanos);
  }

  /** The stages that were there, in their order. */
  public List<Share> shares() {
    double all = stages.values().stream().mapToLong(Nanos::sum).sum();
    List<Share> shares = new ArrayList<>();
    stages.forEach(
        (stage, nanos) ->
            shares.add(
                new Share(
                    stage,
                    nanos.count(),
                    nanos.median(),
                    (double) nanos.sum() / nanos.count(),
                    all == 0 ? 0 : nanos.sum() / all)));
    return shares;
  }

  /** The stage that takes most, which bounds what a pipeline can do; empty if there was none. */
  public Optional<Share> bound() {
    return shares().stream().max(Comparator.comparingDouble(Share::share));
  }
}
