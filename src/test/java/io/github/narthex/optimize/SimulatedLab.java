package io.github.narthex.optimize;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Lab;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.OperatorShare;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.WorkerFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A machine with known costs, noise and crashes, on a clock that only it moves: a search that takes
 * minutes in earnest takes milliseconds.
 */
final class SimulatedLab implements Lab {
  /** How a recipe behaves. */
  static final class Costs {
    double fixedMs = 0.5;
    double itemMs = 10;
    double error;
    double agreement = 1;
    long peakBytes = 400_000_000;
    long fileBytes = 100_000_000;
    double enterS = 2;
    Status status = Status.OK;
    int crashesAfterRounds = Integer.MAX_VALUE;

    /** Each further instance costs the others this much. */
    double contention = 0.1;

    /** How many times faster two threads are than one. */
    double twoThreads = 1.8;
  }

  final Map<String, Costs> costs = new LinkedHashMap<>();
  final List<String> requests = new ArrayList<>();
  final Set<Candidate> alive = new HashSet<>();
  double noise = 0.02;
  double maxError = 0.02;
  int room = 4;
  int mostAlive;

  private final Map<Candidate, List<Double>> ratios = new LinkedHashMap<>();
  private final Map<Candidate, Measurement> known = new LinkedHashMap<>();
  private final Candidate baseline;
  private final Random random;
  private long now;

  SimulatedLab(Candidate baseline, long seed) {
    this.baseline = baseline;
    this.random = new Random(seed);
    costs.put(baseline.recipe(), new Costs());
  }

  /** A recipe that takes so long for each item. */
  Costs with(String recipe, double itemMs) {
    Costs made = new Costs();
    made.itemMs = itemMs;
    costs.put(recipe, made);
    return made;
  }

  private Costs of(Candidate candidate) {
    return Objects.requireNonNull(costs.get(candidate.recipe()), candidate.recipe());
  }

  /** What a call takes without noise, on that many threads and instances. */
  double trueMs(Candidate candidate) {
    Costs of = of(candidate);
    double threads = candidate.threads().intra() >= 2 ? of.twoThreads : 1;
    double beside = 1 + of.contention * (candidate.threads().instances() - 1);
    return (of.fixedMs + of.itemMs * candidate.batch() / threads) * beside;
  }

  /** The merit that a search should find for throughput. */
  double trueItemsPerS(Candidate candidate) {
    return 1000 * candidate.itemsPerCall() / trueMs(candidate);
  }

  private double noisyMs(Candidate candidate) {
    return trueMs(candidate) * Math.exp(noise * random.nextGaussian());
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public int room() {
    return room;
  }

  @Override
  public Measurement enter(Candidate candidate) {
    Measurement before = known.get(candidate);
    if (before != null) {
      return before;
    }
    requests.add("enter " + candidate);
    Costs of = costs.get(candidate.recipe());
    if (of == null) {
      now += 1_000_000_000L;
      return remember(candidate, failed(candidate, Status.UNSUPPORTED, "this model can't do it"));
    }
    now += (long) (1e9 * of.enterS);
    if (!of.status.measured()) {
      return remember(candidate, failed(candidate, of.status, "so it was simulated"));
    }
    join(candidate);
    return remember(candidate, row(candidate));
  }

  private void join(Candidate candidate) {
    alive.add(candidate);
    mostAlive = Math.max(mostAlive, alive.size());
  }

  private Measurement remember(Candidate candidate, Measurement row) {
    known.put(candidate, row);
    return row;
  }

  private static Measurement failed(Candidate candidate, Status status, String reason) {
    return Measurement.failed(
        candidate.recipe(), candidate.batch(), candidate.threads().intra(), "cpu", status, reason);
  }

  private Measurement row(Candidate candidate) {
    Costs of = of(candidate);
    List<Double> logs = ratios.getOrDefault(candidate, List.of());
    boolean isBaseline = candidate.equals(baseline);
    boolean isTimed = isBaseline || !logs.isEmpty();
    double ms = trueMs(candidate);
    boolean isOff = of.error > maxError;
    return new Measurement(
        candidate.recipe(),
        candidate.batch(),
        candidate.threads().intra(),
        "cpu",
        isOff ? Status.INACCURATE : Status.OK,
        isOff ? "off by too much" : null,
        isTimed ? new Latency(ms, ms, ms, ms, ms, ms * 1.2, ms * 1.3, 1000) : null,
        isTimed ? trueItemsPerS(candidate) : null,
        30.0,
        100.0,
        isBaseline ? new SpeedUp(1, null) : logs.isEmpty() ? null : speedUp(logs),
        new Accuracy(0, of.error, 0, 1, of.agreement, 0, 16, Optional.empty()),
        of.peakBytes,
        3L,
        true,
        Disturbance.NONE,
        List.of());
  }

  private static SpeedUp speedUp(List<Double> logs) {
    double mean = logs.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    if (logs.size() < 4) {
      return new SpeedUp(Math.exp(mean), null);
    }
    double squares = logs.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    double half = 2.2 * Math.sqrt(squares / (logs.size() - 1) / logs.size());
    return new SpeedUp(Math.exp(mean), new Interval(Math.exp(mean - half), Math.exp(mean + half)));
  }

  @Override
  public void round(List<Candidate> candidates, long turnNanos) {
    for (Candidate candidate : candidates) {
      requests.add("turn " + candidate);
      if (!alive.contains(candidate)) {
        now += (long) (1e9 * of(candidate).enterS);
        join(candidate);
      }
      now += 2 * turnNanos;
      List<Double> logs = ratios.computeIfAbsent(candidate, key -> new ArrayList<>());
      logs.add(Math.log(noisyMs(baseline) / noisyMs(candidate)));
      if (logs.size() > of(candidate).crashesAfterRounds) {
        alive.remove(candidate);
        known.put(candidate, failed(candidate, Status.CRASHED, "SIGSEGV"));
      } else {
        known.put(candidate, row(candidate));
      }
    }
    now += turnNanos;
  }

  @Override
  public Measurement measurement(Candidate candidate) {
    return Objects.requireNonNull(known.get(candidate));
  }

  @Override
  public int rounds(Candidate candidate) {
    return ratios.getOrDefault(candidate, List.of()).size();
  }

  @Override
  public void leave(Candidate candidate) {
    alive.remove(candidate);
  }

  @Override
  public long save(Candidate candidate, Path file) {
    now += 100_000_000;
    long bytes = of(candidate).fileBytes;
    if (bytes < 0) {
      throw new WorkerFailure(Status.UNSUPPORTED, "it has no file");
    }
    return bytes;
  }

  @Override
  public List<OperatorShare> profile(Candidate candidate, long forwards) {
    return List.of();
  }

  @Override
  public Measurement verify(Path file, Candidate candidate) {
    return measurement(candidate);
  }

  @Override
  public void close() {
    alive.clear();
  }
}
