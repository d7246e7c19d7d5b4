package io.github.narthex.report;

import io.github.narthex.Device;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.SweepResult;
import io.github.narthex.bench.Workload;
import io.github.narthex.optimize.Limits;
import io.github.narthex.optimize.OptimizeTask;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The command that asks for the same again, as a shell reads it. */
final class CommandText {
  private static final String PLAIN = "[A-Za-z0-9_@%+=:,./~-]+";
  private static final long NANOS_PER_S = 1_000_000_000L;

  private final List<String> words = new ArrayList<>();

  private CommandText(String command, String model) {
    words.add("narthex");
    words.add(command);
    words.add(quoted(model));
  }

  static String of(BenchResult result) {
    Workload workload = result.workload();
    Workload.Data data = workload.data();
    CommandText text = new CommandText("bench", result.model().name());
    result.model().packageOptions().forEach(option -> text.option("--package", option));
    if (data == null) {
      workload.inputs().forEach(input -> text.option("--input", input));
    } else {
      text.option("--data", data.directory());
    }
    return text.recipes(result.results().stream().map(Measurement::recipe))
        .option("--threads", workload.threads())
        .option("--max-error", decimal(workload.maxError()))
        .option("--seed", workload.seed())
        .effort(workload.effort())
        .toString();
  }

  static String of(SweepResult result) {
    BenchTask task = result.task().task();
    CommandText text = new CommandText("bench", task.model());
    task.packageOptions().texts().forEach(option -> text.option("--package", option));
    task.inputs().forEach(input -> text.option("--input", input));
    if (task.data() != null) {
      text.option("--data", task.data());
    }
    text.recipes(Stream.concat(Stream.of(BenchTask.BASELINE), task.recipes().stream()));
    if (!result.task().batches().equals(List.of(0L))) {
      text.option("--batch", joined(result.task().batches()));
    }
    return text.option("--threads", joined(result.task().threads()))
        .option("--max-error", decimal(task.maxError()))
        .option("--seed", task.seed())
        .effort(task.effort())
        .toString();
  }

  static String of(OptimizeTask task) {
    CommandText text = new CommandText("optimize", task.model());
    task.inputs().forEach(input -> text.option("--input", input));
    text.optional("--data", task.data());
    text.option("--goal", task.goal()).option("--max-error", decimal(task.maxError()));
    Double agreement = task.minAgreement();
    text.optional("--min-agreement", agreement == null ? null : decimal(agreement));
    Limits limits = task.limits();
    Double slo = limits.sloMs();
    text.optional(
        "--slo", slo == null ? null : "p" + limits.percentile() + "=" + decimal(slo) + "ms");
    Double items = limits.minItemsPerS();
    text.optional("--min-throughput", items == null ? null : decimal(items) + "/s");
    Long memory = limits.maxMemoryBytes();
    text.optional("--max-memory", memory == null ? null : decimal(memory / 1e6) + "MB");
    text.optional("--threads", task.threads().isEmpty() ? null : joined(task.threads()));
    text.optional("--batch", task.batches().isEmpty() ? null : joined(task.batches()));
    text.optional(
        "--device", task.devices().equals(List.of(Device.CPU)) ? null : joined(task.devices()));
    return text.option("--budget", seconds(task.budget()))
        .option("--seed", task.seed())
        .option("--output", "bundle")
        .toString();
  }

  /** All recipes but the baseline, which is always there. */
  private CommandText recipes(Stream<String> recipes) {
    String others =
        recipes
            .filter(recipe -> !recipe.equals(BenchTask.BASELINE))
            .collect(Collectors.joining(","));
    return option("--recipe", others.isEmpty() ? BenchTask.BASELINE : others);
  }

  private CommandText effort(Effort effort) {
    optional("--warmup", effort.warmUp() == 0 ? null : effort.warmUp());
    optional("--iterations", effort.iterations() == 0 ? null : effort.iterations());
    return optional("--duration", effort.duration().isZero() ? null : seconds(effort.duration()));
  }

  private CommandText optional(String name, @Nullable Object value) {
    return value == null ? this : option(name, value);
  }

  private CommandText option(String name, Object value) {
    words.add(name);
    words.add(quoted(value.toString()));
    return this;
  }

  private static String joined(List<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  private static String decimal(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static String seconds(Duration duration) {
    return decimal((double) duration.toNanos() / NANOS_PER_S) + "s";
  }

  private static String quoted(String word) {
    return word.matches(PLAIN) ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }
}
