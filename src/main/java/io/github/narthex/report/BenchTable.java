package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.TopAccuracy;
import io.github.narthex.bench.Workload;
import io.github.narthex.strategy.Recipe;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The result of a benchmark as text for a terminal. */
public final class BenchTable {
  /** No line is longer. */
  public static final int WIDTH = 120;

  private static final List<String> HEADER =
      List.of(
          "recipe",
          "p50",
          "p90",
          "p99",
          "mean",
          "items/s",
          "first",
          "speed-up [95 %]",
          "error",
          "peak");

  private static final List<String> UNITS =
      List.of("", "ms", "ms", "ms", "ms", "", "ms", "", "", "MB");

  private static final int SPEED_UP_COLUMN = 7;
  private static final double NOTABLE_SHARE = 0.02;

  /** Linux counts processor time in ticks of 10 ms: of less than this, shares are not known. */
  private static final double ACCOUNTABLE_MS = 1000;

  private BenchTable() {}

  /** The whole text, with a line end. */
  public static String of(BenchResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("", title(result), WIDTH));
    lines.add("");
    lines.addAll(table(result));
    lines.add("");
    lines.addAll(environment(result));
    lines.add(StabilityText.line(result.stability()));
    Wrap.addNotes(lines, notes(result), WIDTH);
    lines.add("");
    lines.add(Wrap.labelled("", result.recommendation().sentence(), WIDTH));
    String recipe = result.recommendation().recipe();
    if (recipe != null) {
      lines.add("  " + javaLine(recipe));
    }
    return String.join("\n", lines) + "\n";
  }

  /** The line of Java that uses a recipe. */
  public static String javaLine(String recipe) {
    String arguments =
        Recipe.parse(recipe).usesSamples() ? "arena, model, samples" : "arena, model";
    return "Model fast = Recipe.parse(\"" + recipe + "\").applyTo(" + arguments + ");";
  }

  /** The line above the table. */
  static String title(BenchResult result) {
    Workload workload = result.workload();
    return "%s, batch %d, %s, %s"
        .formatted(
            Caption.of(result.model(), workload.inputs()),
            workload.batch(),
            workload.threads() == 1 ? "1 thread" : workload.threads() + " threads",
            workload.device());
  }

  private static List<String> table(BenchResult result) {
    Workload.Data data = result.workload().data();
    boolean hasTop = data != null && data.labelled();
    boolean hasTop5 = hasTop && result.results().stream().anyMatch(BenchTable::hasTop5);
    List<String> top = hasTop5 ? List.of("top-1", "top-5") : hasTop ? List.of("top-1") : List.of();
    DeviceColumn onDevice = DeviceColumn.of(result.results().stream());
    TextTable table =
        new TextTable(WIDTH, onDevice.header(withTop(HEADER, top)), List.of(SPEED_UP_COLUMN));
    table.row(onDevice.units(withTop(UNITS, Collections.nCopies(top.size(), "%"))));
    for (Measurement row : result.results()) {
      Latency latency = row.latency();
      if (latency == null) {
        String reason = row.reason();
        table.note(row.recipe(), row.status() + (reason == null ? "" : ": " + reason));
      } else {
        List<String> cells = withTop(cells(row, latency), topCells(row).subList(0, top.size()));
        table.row(onDevice.cells(cells, row));
        if (row.status() == Status.INACCURATE) {
          table.note("", row.status() + ": " + row.reason());
        }
        row.notes().forEach(note -> table.note("", note));
      }
    }
    return table.lines();
  }

  private static boolean hasTop5(Measurement row) {
    Accuracy accuracy = row.accuracy();
    return accuracy != null && accuracy.top().filter(t -> !Double.isNaN(t.top5())).isPresent();
  }

  private static List<String> topCells(Measurement row) {
    Accuracy accuracy = row.accuracy();
    TopAccuracy top = accuracy == null ? null : accuracy.top().orElse(null);
    return top == null
        ? List.of(Figures.NONE, Figures.NONE)
        : List.of(Figures.share(top.top1()), Figures.share(top.top5()));
  }

  /** A row with cells of the accuracy by labels put in, before the last one. */
  private static List<String> withTop(List<String> row, List<String> top) {
    List<String> cells = new ArrayList<>(row);
    cells.addAll(row.size() - 1, top);
    return cells;
  }

  private static List<String> cells(Measurement row, Latency latency) {
    Accuracy accuracy = row.accuracy();
    return List.of(
        row.recipe(),
        Figures.ms(latency.p50Ms()),
        Figures.ms(latency.p90Ms()),
        Figures.ms(latency.p99Ms()),
        Figures.ms(latency.meanMs()),
        Figures.rate(row.throughputPerS()),
        Figures.ms(row.firstInferenceMs()),
        Figures.speedUp(row.speedUp()),
        accuracy == null ? Figures.NONE : Figures.percent(accuracy.maxRel()),
        Figures.megabytes(row.peakRssBytes()));
  }

  /** Lines of machine, software and run. */
  static List<String> environment(BenchResult result) {
    Workload workload = result.workload();
    String run =
        "%s; %s timed forwards for each recipe in %s; error against eager over %s"
            .formatted(
                result.environment().time(),
                samples(result.results()),
                workload.rounds() == 1 ? "1 round" : workload.rounds() + " rounds",
                inputs(result));
    return environment(result.environment(), run);
  }

  /** Three lines or more, of which {@code run} is the last. */
  static List<String> environment(Environment environment, String run) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("machine   ", machine(environment), WIDTH));
    gpus(environment).ifPresent(gpus -> lines.add(Wrap.labelled("GPUs      ", gpus, WIDTH)));
    lines.add(Wrap.labelled("software  ", software(environment), WIDTH));
    lines.add(Wrap.labelled("run       ", run, WIDTH));
    return lines;
  }

  /** GPUs, those that are alike once, and their driver; empty if there are none. */
  static Optional<String> gpus(Environment environment) {
    if (environment.gpus().isEmpty()) {
      return Optional.empty();
    }
    SequencedMap<Environment.Gpu, Integer> counts = new LinkedHashMap<>();
    environment.gpus().forEach(gpu -> counts.merge(gpu, 1, Integer::sum));
    List<String> all = new ArrayList<>();
    counts.forEach((gpu, count) -> all.add((count > 1 ? count + " x " : "") + gpu(gpu)));
    String cuda = environment.cuda();
    String driver = environment.gpuDriver();
    return Optional.of(
        String.join(", ", all)
            + (driver == null ? "" : "; driver " + driver)
            + (cuda == null ? "" : ", CUDA " + cuda));
  }

  private static String gpu(Environment.Gpu gpu) {
    Long bytes = gpu.memoryBytes();
    String capability = gpu.computeCapability();
    return gpu.name()
        + (bytes == null ? "" : ", " + Figures.bytes(bytes))
        + (capability == null ? "" : ", compute capability " + capability);
  }

  /** Processor, memory and instruction sets. */
  static String machine(Environment environment) {
    Double quota = environment.cpuQuota();
    return "%s, %d cores, %d processors (%d available%s), %s; %s"
        .formatted(
            environment.cpu(),
            environment.cores(),
            environment.processors(),
            environment.availableProcessors(),
            quota == null ? "" : String.format(Locale.ROOT, ", quota %.2f", quota),
            Figures.bytes(environment.memoryBytes()),
            String.join(" ", environment.isa()));
  }

  /** Versions of what ran. */
  static String software(Environment environment) {
    return "narthex %s, libtorch %s, %s, %s"
        .formatted(
            environment.narthex(), environment.libtorch(), environment.jvm(), environment.os());
  }

  /** How many timed forwards the rows have. */
  static String samples(List<Measurement> rows) {
    long least = Long.MAX_VALUE;
    long most = 0;
    for (Measurement row : rows) {
      Latency latency = row.latency();
      if (latency != null) {
        least = Math.min(least, latency.samples());
        most = Math.max(most, latency.samples());
      }
    }
    return least < most ? Figures.count(least) + " to " + Figures.count(most) : Figures.count(most);
  }

  private static String inputs(BenchResult result) {
    return inputs(result.results(), result.workload().data());
  }

  /** Over what the answers of these rows were compared. */
  static String inputs(List<Measurement> rows, Workload.@Nullable Data data) {
    Accuracy accuracy = accuracyOfAny(rows);
    long count = accuracy == null ? 0 : accuracy.inputs();
    if (data == null) {
      return count == 1 ? "1 input" : count + " inputs";
    }
    return data.used() == data.samples()
        ? "%s samples in %s".formatted(Figures.count(data.used()), data.directory())
        : "%s of the %s samples in %s"
            .formatted(Figures.count(data.used()), Figures.count(data.samples()), data.directory());
  }

  private static @Nullable Accuracy accuracyOfAny(List<Measurement> rows) {
    for (Measurement row : rows) {
      Accuracy accuracy = row.accuracy();
      if (accuracy != null) {
        return accuracy;
      }
    }
    return null;
  }

  /** What is to be said of a run. */
  static List<String> notes(BenchResult result) {
    List<String> notes = notes(result.model());
    List<String> unsteady = new ArrayList<>();
    for (Measurement row : result.results()) {
      if (row.latency() != null && Boolean.FALSE.equals(row.steady())) {
        unsteady.add(row.recipe());
      }
    }
    if (!unsteady.isEmpty()) {
      notes.add(
          "latencies had not settled when timing began: " + String.join(", ", unsteady) + ".");
    }
    notes.addAll(disturbances(result.results(), result.environment().processors()));
    return notes;
  }

  /** What is to be said of a model. */
  static List<String> notes(ModelInfo model) {
    List<String> notes = new ArrayList<>();
    if (model.randomWeights()) {
      notes.add(
          "the weights are random: errors show numerical noise, not the quality of a trained"
              + " model's answers.");
    }
    if (model.training()) {
      notes.add("the model was saved in training mode; it was measured in evaluation mode.");
    }
    if (model.stateful()) {
      notes.add(
          "the model changes its own state: its answers depend on the calls before, and recipes are"
              + " compared after different numbers of them; errors may be too large.");
    }
    return notes;
  }

  /** What disturbed the timed forwards of these rows. */
  static List<String> disturbances(List<Measurement> rows, int processors) {
    List<String> notes = new ArrayList<>();
    Disturbance disturbance = Disturbance.NONE;
    double timedMs = 0;
    for (Measurement row : rows) {
      Latency latency = row.latency();
      Disturbance own = row.disturbance();
      if (latency != null && own != null) {
        disturbance = disturbance.plus(own);
        timedMs += latency.meanMs() * latency.samples();
      }
    }
    double processorMs = timedMs * processors;
    disturbed(
        notes,
        disturbance.othersMs(),
        processorMs,
        "other processes took %s of the processors' time while forwards were timed");
    disturbed(
        notes,
        disturbance.stolenMs(),
        processorMs,
        "the hypervisor gave %s of the processors' time to others while forwards were timed");
    disturbed(
        notes,
        disturbance.throttledMs(),
        timedMs,
        "the CPU quota held workers back for %s of the timed forwards");
    disturbed(
        notes, disturbance.gcMs(), timedMs, "garbage was collected in %s of the timed forwards");
    return notes;
  }

  private static void disturbed(List<String> notes, double ms, double ofMs, String what) {
    if (ofMs > ACCOUNTABLE_MS && ms > NOTABLE_SHARE * ofMs) {
      notes.add(what.formatted(Figures.percent(ms / ofMs)) + ": figures may be too slow.");
    }
  }
}
