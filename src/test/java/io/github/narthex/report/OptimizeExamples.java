package io.github.narthex.report;

import io.github.narthex.Device;
import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.OperatorShare;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.TopAccuracy;
import io.github.narthex.bench.Workload;
import io.github.narthex.optimize.Goal;
import io.github.narthex.optimize.Limits;
import io.github.narthex.optimize.OptimizeResult;
import io.github.narthex.optimize.OptimizeTask;
import io.github.narthex.optimize.Trial;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Results of searches, with every kind of trial. */
final class OptimizeExamples {
  private static final Threads TWO = Threads.of(2);
  private static final Threads SIDE_BY_SIDE = new Threads(1, 2);
  private static final int BASELINE_SAMPLES = 900;

  private OptimizeExamples() {}

  /** A search over recipes, threads and batches that found something. */
  static OptimizeResult result() {
    return result("resnet50", "SIGSEGV in libtorch_cpu.so+0x4d1e10");
  }

  /** The same of a model of this name, with a crash that left this message. */
  static OptimizeResult result(String model, String crash) {
    String recipe = "onednn-graph+bf16+channels-last";
    List<Trial> trials =
        List.of(
            ok("eager", TWO, 1, 56.4, 0, 398, 102, "the baseline", before(), false),
            ok("freeze", TWO, 1, 55.7, 1e-6, 408, 102, "as fast within the noise", null, false),
            ok("optimize-for-inference", TWO, 1, 48.5, 1.8e-6, 538, 103, "slower", null, false),
            ok("onednn-graph", TWO, 1, 38.3, 1e-6, 487, 102, "slower", null, false),
            ok(recipe, TWO, 1, 20.08, 0.012, 416, 51.4, "chosen", after(), true),
            ok("onednn-graph+bf16", TWO, 1, 20.12, 0.012, 418, 51.4, "as fast", null, true),
            ok("onednn-graph+bf16-mixed", TWO, 1, 20.4, 0.0083, 463, 102, "as fast", null, false),
            fallen("fp16", Status.UNSUPPORTED, "this processor has no float16 arithmetic"),
            fallen("compile", Status.CRASHED, crash),
            inaccurate("static-int8", 15.4, 0.061),
            ok("dynamic-int8", TWO, 1, 54.3, 0.0053, 425, 98.1, "slower", null, false),
            ok("prepack+bf16", TWO, 1, 23.6, 0.011, 371, 51.3, "slower", null, true),
            ok(recipe, SIDE_BY_SIDE, 1, 35.9, 0.012, 438, 51.4, "more items a second", null, true),
            ok(recipe, TWO, 4, 74.2, 0.012, 520, 51.4, "dominated", null, false),
            ok(recipe, SIDE_BY_SIDE, 8, 272, 0.012, 740, 51.4, "most items a second", null, true),
            fallen("eager", Status.OUT_OF_MEMORY, "killed at 1.2 GB"));
    BenchResult bench = Examples.result();
    return new OptimizeResult(
        bench.environment(),
        new ModelInfo(model, "builtin", 25_557_032, 102_228_128, 102_500_000, false, false, false),
        task(model),
        List.of("1x3x224x224:float32"),
        Optional.of(new Workload.Data("photos", 5000, 1000, true)),
        trials,
        Optional.of(4),
        Map.of(Goal.LATENCY, 4, Goal.THROUGHPUT, 14, Goal.MEMORY, 11, Goal.SIZE, 4),
        "Deploy `" + recipe + "`: 2.81x as fast as eager (95 % sure: 2.71x to 2.93x).",
        "Nothing that is left may be faster than what was found.",
        List.of(
            "`aten::_convolution`: 78 % of the time, 3.1 times faster through oneDNN in bfloat16.",
            "`aten::batch_norm_`: 9 % of the time, gone into the convolutions."),
        List.of("14 % of the time is left in `aten::linear`: `static-int8` was too inaccurate."),
        Duration.ofMillis(118_400));
  }

  private static OptimizeTask task(String model) {
    return new OptimizeTask(
        model,
        List.of("1x3x224x224:float32"),
        "photos",
        Goal.LATENCY,
        new Limits(99, 25.0, 40.0, 1_000_000_000L),
        0.02,
        0.99,
        List.of(),
        List.of(Device.CPU),
        List.of(1L, 4L, 8L),
        Duration.ofMinutes(2),
        7);
  }

  /** A search of which nothing came. */
  static OptimizeResult nothing() {
    OptimizeResult result = result();
    return new OptimizeResult(
        result.environment(),
        result.model(),
        result.task(),
        List.of(),
        Optional.empty(),
        List.of(fallen("eager", Status.FAILED, "expected a tensor of rank 4, got 2")),
        Optional.empty(),
        Map.of(),
        "Nothing can be deployed: the model did not run.",
        "The baseline failed.",
        List.of(),
        List.of(),
        Duration.ofSeconds(3));
  }

  /** As many trials as a long search has, with nearly the same figures. */
  static OptimizeResult large(int count) {
    OptimizeResult result = result();
    List<Trial> trials = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      trials.add(
          ok(
              "dynamic-int8:max-error=0.0" + i,
              TWO,
              1,
              20 + 0.01 * i,
              0.001,
              400,
              50,
              "",
              null,
              true));
    }
    return new OptimizeResult(
        result.environment(),
        result.model(),
        result.task(),
        result.inputs(),
        result.data(),
        trials,
        Optional.of(count / 2),
        Map.of(Goal.LATENCY, 0),
        result.verdict(),
        result.stopped(),
        result.reasons(),
        result.advice(),
        result.elapsed());
  }

  private static Trial ok(
      String recipe,
      Threads threads,
      long batch,
      double p50,
      double error,
      double peakMb,
      double fileMb,
      String outcome,
      @Nullable List<OperatorShare> operators,
      boolean isFront) {
    Measurement measurement = measured(Status.OK, null, recipe, threads, batch, p50, error, peakMb);
    return new Trial(
        new Candidate(recipe, threads, batch),
        measurement,
        Math.round(fileMb * 1e6),
        operators == null ? List.of() : operators,
        outcome,
        isFront);
  }

  private static Trial inaccurate(String recipe, double p50, double error) {
    Measurement measurement =
        measured(
            Status.INACCURATE,
            "off by 6.1 % of the largest value, the limit is 2 %",
            recipe,
            TWO,
            1,
            p50,
            error,
            380);
    return new Trial(
        new Candidate(recipe, TWO, 1), measurement, null, List.of(), "fell back once", false);
  }

  private static Trial fallen(String recipe, Status status, String reason) {
    return new Trial(
        new Candidate(recipe, TWO, 1),
        Measurement.failed(recipe, 1, 2, "cpu", status, reason),
        null,
        List.of(),
        reason,
        false);
  }

  private static Measurement measured(
      Status status,
      @Nullable String reason,
      String recipe,
      Threads threads,
      long batch,
      double p50,
      double error,
      double peakMb) {
    double perItem = p50 / batch / threads.instances();
    double ratio = 56.4 / perItem;
    SpeedUp speedUp =
        recipe.equals("eager")
            ? new SpeedUp(1, null)
            : new SpeedUp(ratio, new Interval(0.96 * ratio, 1.05 * ratio));
    return new Measurement(
        recipe,
        batch,
        threads.intra(),
        "cpu",
        status,
        reason,
        latency(p50, recipe.hashCode()),
        1020 / perItem,
        4 * p50,
        700.0,
        speedUp,
        new Accuracy(
            10 * error,
            error,
            error / 5,
            1 - error / 100,
            1 - error / 4,
            3 * error,
            1000,
            Optional.empty(),
            Optional.of(new TopAccuracy(0.7615 - error / 8, 0.929 - error / 20)),
            List.of()),
        Math.round(peakMb * 1e6),
        9L,
        true,
        Disturbance.NONE,
        List.of());
  }

  /** Latencies with two humps and a long tail, as machines with neighbours have. */
  private static Latency latency(double p50, int seed) {
    Random random = new Random(seed);
    long[] nanos = new long[BASELINE_SAMPLES];
    for (int i = 0; i < nanos.length; i++) {
      double hump = random.nextInt(4) == 0 ? 0.07 : 0;
      double tail = random.nextInt(30) == 0 ? 0.3 * random.nextDouble() : 0;
      nanos[i] = Math.round(p50 * 1e6 * (0.985 + hump + tail + 0.015 * random.nextGaussian()));
    }
    return Latency.of(nanos);
  }

  private static List<OperatorShare> before() {
    return List.of(
        new OperatorShare("aten::_convolution", 53, 43.9, 0.78),
        new OperatorShare("aten::batch_norm_", 53, 5.1, 0.09),
        new OperatorShare("aten::relu_", 49, 3.9, 0.07),
        new OperatorShare("aten::linear", 1, 1.9, 0.034),
        new OperatorShare("aten::max_pool2d", 1, 0.9, 0.016),
        new OperatorShare("aten::add_", 16, 0.5, 0.009));
  }

  private static List<OperatorShare> after() {
    return List.of(
        new OperatorShare("prim::oneDNNFusionGroup", 54, 14.1, 0.71),
        new OperatorShare("aten::linear", 1, 2.8, 0.14),
        new OperatorShare("aten::max_pool2d", 1, 0.7, 0.035),
        new OperatorShare("aten::to", 2, 0.31, 0.015));
  }
}
