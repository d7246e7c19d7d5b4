package io.github.narthex.report;

import io.github.narthex.Records;
import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.Recommendation;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.TopAccuracy;
import io.github.narthex.bench.Turn;
import io.github.narthex.bench.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A result with every kind of row. */
final class Examples {
  private Examples() {}

  static Accuracy accuracy(double maxRel) {
    return new Accuracy(
        10 * maxRel, maxRel, maxRel / 5, 1 - maxRel / 100, 1, maxRel * 3, 16, Optional.empty());
  }

  static Measurement ok(
      String recipe, double p50, @Nullable Double p99, SpeedUp speedUp, double error) {
    return measured(Status.OK, null, recipe, p50, p99, speedUp, error);
  }

  static Measurement measured(
      Status status,
      @Nullable String reason,
      String recipe,
      double p50,
      @Nullable Double p99,
      SpeedUp speedUp,
      double error) {
    return new Measurement(
        recipe,
        1,
        2,
        "cpu",
        status,
        reason,
        new Latency(
            p50 - 1,
            p50 + 0.5,
            p50,
            p50 + 1,
            p50 + 2,
            p99,
            p50 + 5,
            p99 == null ? 140 : 700,
            curve(p50)),
        1000 / (p50 + 0.5),
        3 * p50,
        412.3456,
        speedUp,
        accuracy(error),
        412_000_000L,
        9L,
        true,
        Disturbance.NONE,
        List.of());
  }

  /** From 1 ms below the median to 5 ms above it, where the last ones are far apart. */
  private static List<Double> curve(double p50) {
    List<Double> curve = new ArrayList<>();
    for (int i = 0; i <= 100; i++) {
      double x = (i - 50) / 50.0;
      curve.add(p50 + (x < 0 ? x : x + 4 * Math.pow(x, 8)));
    }
    return curve;
  }

  static Measurement fallen(String recipe, Status status, String reason) {
    return Measurement.failed(recipe, 1, 2, "cpu", status, reason);
  }

  /** The same rows over labelled samples. */
  static BenchResult labelled(double top5) {
    BenchResult result = result();
    return Records.with(
        result,
        Map.of(
            "workload",
            Records.with(
                result.workload(), Map.of("data", new Workload.Data("photos", 5000, 1000, true))),
            "results",
            result.results().stream()
                .map(row -> withTop(row, new TopAccuracy(0.762, top5)))
                .toList()));
  }

  private static Measurement withTop(Measurement row, TopAccuracy top) {
    Accuracy accuracy = row.accuracy();
    return accuracy == null
        ? row
        : Records.with(
            row,
            Map.of(
                "accuracy",
                Records.with(accuracy, Map.of("inputs", 1000, "top", Optional.of(top)))));
  }

  /** The same, where each row that was measured had these turns. */
  static BenchResult withTurns(BenchResult result, List<Turn> turns) {
    return withRows(
        result,
        result.results().stream()
            .map(row -> row.latency() == null ? row : Records.with(row, Map.of("turns", turns)))
            .toList());
  }

  /** The same with other rows. */
  static BenchResult withRows(BenchResult result, List<Measurement> rows) {
    return Records.with(result, Map.of("results", rows));
  }

  static BenchResult result() {
    return new BenchResult(
        new Environment(
            "2026-11-21T02:00:00Z",
            "0.1.0",
            "2.15.0",
            "OpenJDK 64-Bit Server VM 25+36 (Eclipse Adoptium)",
            "Debian GNU/Linux 12 (bookworm), kernel 6.1.0",
            "Some CPU @ 2.00GHz",
            List.of("avx2", "avx512f", "avx512_bf16"),
            2,
            2,
            2,
            null,
            25_000_000_000L,
            List.of(),
            null,
            null),
        new ModelInfo(
            "resnet50", "builtin", 25_557_032, 102_228_128, 102_500_000, true, false, false),
        new Workload(
            List.of("1x3x224x224:float32"), 1, 2, "cpu", 0, 0.02, Effort.DEFAULT, 12, null),
        List.of(
            ok("eager", 50.25, null, new SpeedUp(1, null), 0),
            ok("freeze", 44, null, new SpeedUp(1.141, new Interval(1.12, 1.16)), 3.2e-6),
            ok(
                "onednn-graph+bf16+channels-last",
                5.5,
                7.25,
                new SpeedUp(9.136, new Interval(8.97, 9.31)),
                0.0041),
            measured(
                Status.INACCURATE,
                "off by 5.1 % of the largest value, the limit is 2 %",
                "bf16",
                30,
                null,
                new SpeedUp(1.675, new Interval(1.6, 1.7)),
                0.051),
            fallen("optimize-for-inference", Status.CRASHED, "SIGSEGV in libtorch_cpu.so+0x4d1e10"),
            fallen(
                "channels-last",
                Status.UNSUPPORTED,
                "the model has no input of rank 4, so there is nothing whose channels could be"
                    + " innermost in memory, and nothing would change")),
        new Recommendation(
            "onednn-graph+bf16+channels-last",
            "Use `onednn-graph+bf16+channels-last`: 9.14x as fast as eager (95 % sure: 8.97x to"
                + " 9.31x)."));
  }
}
