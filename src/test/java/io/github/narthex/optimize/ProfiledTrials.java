package io.github.narthex.optimize;

import io.github.narthex.Device;
import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.OperatorShare;
import io.github.narthex.bench.Status;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Trials with a profile, machines and tasks to explain and to advise on. */
final class ProfiledTrials {
  static final Machine PLAIN = new Machine("amd64", "a processor", Set.of("avx2"));
  static final Machine AMX =
      new Machine("amd64", "a processor", Set.of("avx512_vnni", "amx_bf16", "amx_int8"));

  /** Samples of a trial's latency. */
  static final long SAMPLES = 100;

  private ProfiledTrials() {}

  /**
   * A trial of one thread and batch 1 whose forwards take so long.
   *
   * @param shares an operator's name and its share, in turn; what is left is outside of operators
   */
  static Trial trial(String recipe, double p50Ms, Object... shares) {
    return trial(new Candidate(recipe, Threads.of(1), 1), p50Ms, Disturbance.NONE, shares);
  }

  static Trial trial(Candidate candidate, double p50Ms, Disturbance disturbance, Object... shares) {
    List<OperatorShare> operators = new ArrayList<>();
    double left = 1;
    for (int i = 0; i < shares.length; i += 2) {
      double share = ((Number) shares[i + 1]).doubleValue();
      operators.add(new OperatorShare((String) shares[i], 1, share * p50Ms, share));
      left -= share;
    }
    operators.add(new OperatorShare(OperatorShare.OUTSIDE, 1, left * p50Ms, left));
    return new Trial(
        candidate, measurement(candidate, p50Ms, disturbance), null, operators, "", true);
  }

  private static Measurement measurement(
      Candidate candidate, double p50Ms, Disturbance disturbance) {
    return new Measurement(
        candidate.recipe(),
        candidate.batch(),
        candidate.threads().intra(),
        "cpu",
        Status.OK,
        null,
        new Latency(p50Ms, p50Ms, p50Ms, null, null, null, p50Ms, SAMPLES),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        disturbance,
        List.of());
  }

  static OptimizeTask task(Goal goal, @Nullable String data) {
    return new OptimizeTask(
        "m.pt",
        List.of(),
        data,
        goal,
        Limits.NONE,
        0.01,
        null,
        List.of(),
        List.of(Device.CPU),
        List.of(),
        Duration.ofMinutes(1),
        0);
  }

  /** A machine of so many cores and twice as many processors. */
  static Environment environment(int cores) {
    return new Environment(
        "2026-01-01T00:00:00Z",
        "0.1",
        "2.15.0",
        "25",
        "Linux",
        "CPU",
        List.of(),
        2 * cores,
        cores,
        2 * cores,
        null,
        8_000_000_000L,
        List.of(),
        null,
        null);
  }
}
