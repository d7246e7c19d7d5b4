package io.github.narthex.bench;

import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings lanes to where they can have turns, and gives them turns, beside a baseline whose answers
 * theirs are compared with. A lane that falls out says why; the others go on.
 */
final class Contest {
  /** Compares the answers of a candidate with those of the baseline. */
  interface Judge {
    /**
     * The accuracy.
     *
     * @param reference for each input set, the files of the baseline's outputs
     * @param candidate the same of the candidate
     * @param labels for each input set the right class; empty if there are none
     * @throws WorkerFailure if they can't be compared
     */
    Accuracy compare(
        List<List<String>> reference, List<List<String>> candidate, List<Integer> labels);
  }

  /**
   * Where it takes place.
   *
   * @param workers starts workers
   * @param judge compares answers
   * @param nanoTime a monotonic clock
   * @param availableBytes memory that is free now
   */
  record Site(
      Worker.Factory workers, Judge judge, LongSupplier nanoTime, LongSupplier availableBytes) {}

  private static final Duration STEP_PATIENCE = Duration.ofSeconds(30);
  private static final Duration FIRST_LOAD_PATIENCE = Duration.ofMinutes(5);
  private static final Duration LOAD_PATIENCE = Duration.ofSeconds(60);
  private static final Duration CALIBRATION_PATIENCE = Duration.ofMinutes(30);
  private static final int PATIENCE_FACTOR = 10;
  private static final int LOAD_PATIENCE_FACTOR = 20;
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  /** One forward came with loading; a fuser decides on the second, and the third is fused. */
  private static final long WARM_UP_ITERATIONS = 2;

  private final Site site;
  private final double maxError;
  private final String outputDirectory;
  private final Lane baseline;

  /** The right answers, for each batch. */
  private final Map<Long, List<List<String>>> references = new HashMap<>();

  private int compared;

  /**
   * A contest.
   *
   * @param maxError the largest error of answers that hold
   * @param outputDirectory where answers go, a folder for each lane
   */
  Contest(Site site, Lane baseline, double maxError, String outputDirectory) {
    this.site = site;
    this.baseline = baseline;
    this.maxError = maxError;
    this.outputDirectory = outputDirectory;
  }

  /** Starts a worker for a lane, which loads the model, applies the recipe and runs once. */
  void load(Lane lane, Protocol.Prepared prepared, Threads standard) {
    lane.start(site.workers().start(lane.recipe()));
    lane.loaded(
        lane.ask(
            Protocol.Loaded.class,
            new Protocol.Load(
                prepared.modelFile(),
                prepared.model().packageOptions(),
                prepared.timedInputs(),
                prepared.arguments(),
                lane.recipe(),
                CalibrationData.among(prepared.accuracyInputs(), lane.usesSamples()),
                lane.threads(standard).intra(),
                lane.threads(standard).instances()),
            loadPatience(lane)));
  }

  /** Runs until latencies are steady, or as often as asked for, if that is above 0. */
  void warmUp(Lane lane, long wanted) {
    Protocol.WarmUp request =
        wanted > 0
            ? new Protocol.WarmUp(wanted, wanted, Long.MAX_VALUE)
            : new Protocol.WarmUp(WARM_UP_ITERATIONS, Long.MAX_VALUE, WARM_UP_NANOS);
    lane.warmedUp(
        lane.ask(
            Protocol.WarmedUp.class,
            request,
            patience(WARM_UP_NANOS + request.atLeast() * lane.forwardNanos())));
  }

  /** Takes a lane's answers for the right ones for these inputs. */
  void refer(Lane lane, Protocol.Prepared prepared) {
    List<List<String>> written = answers(lane, prepared);
    references.put(prepared.batch(), written);
    judge(lane, written, written, prepared);
  }

  /** Compares a lane's answers with the right ones, if there are some for these inputs. */
  void compare(Lane lane, Protocol.Prepared prepared) {
    List<List<String>> written = answers(lane, prepared);
    List<List<String>> reference = references.get(prepared.batch());
    if (reference != null) {
      judge(lane, reference, written, prepared);
    }
  }

  private List<List<String>> answers(Lane lane, Protocol.Prepared prepared) {
    List<List<String>> inputs = prepared.accuracyInputs();
    return lane.ask(
            Protocol.Written.class,
            new Protocol.Outputs(inputs, outputDirectory + "/" + compared++),
            patience(inputs.size() * lane.forwardNanos()))
        .files();
  }

  private void judge(
      Lane lane,
      List<List<String>> reference,
      List<List<String>> written,
      Protocol.Prepared prepared) {
    if (!reference.isEmpty()) {
      lane.judge(site.judge().compare(reference, written, prepared.labels()), maxError);
    }
  }

  /** Whether there are answers for these inputs to compare others with. */
  boolean hasReference(Protocol.Prepared prepared) {
    return references.containsKey(prepared.batch());
  }

  /** The samples of one turn; none if there is nobody to run or it failed. */
  long[] turn(Lane lane, Protocol.Run run) {
    if (!lane.alive()) {
      return new long[0];
    }
    double forwards = run.settle() + run.atLeast();
    double limit = run.limitNanos() == Long.MAX_VALUE ? 0 : run.limitNanos();
    long before = lane.samples();
    lane.attempt(
        () ->
            lane.ran(
                lane.ask(
                    Protocol.Ran.class, run, patience(limit + forwards * lane.forwardNanos()))));
    return lane.samples() == before ? new long[0] : lane.turns().getLast();
  }

  /** Keeps what two neighbouring turns gave, if there was one of each. */
  static void pair(@Nullable Lane lane, long[] baselineSamples, long[] samples) {
    if (lane != null && baselineSamples.length > 0 && samples.length > 0) {
      lane.pair(baselineSamples, samples);
    }
  }

  private Duration loadPatience(Lane lane) {
    if (lane.usesSamples()) {
      return CALIBRATION_PATIENCE;
    }
    long known = baseline.startNanos();
    return lane == baseline || known == 0
        ? FIRST_LOAD_PATIENCE
        : LOAD_PATIENCE.plusNanos(LOAD_PATIENCE_FACTOR * known);
  }

  private static Duration patience(double expectedNanos) {
    return STEP_PATIENCE.plusNanos((long) (PATIENCE_FACTOR * expectedNanos));
  }
}
