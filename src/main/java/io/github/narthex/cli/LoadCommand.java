package io.github.narthex.cli;

import io.github.narthex.bench.LoadMode;
import io.github.narthex.bench.LoadResult;
import io.github.narthex.bench.LoadRun;
import io.github.narthex.bench.LoadTask;
import io.github.narthex.internal.text.Suggestion;
import io.github.narthex.load.Arrivals;
import io.github.narthex.load.Slo;
import io.github.narthex.report.Json;
import io.github.narthex.report.LoadCsv;
import io.github.narthex.report.LoadJson;
import io.github.narthex.report.LoadTable;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code narthex load}. */
final class LoadCommand {
  private static final List<String> SCENARIOS =
      List.of("single-stream", "multi-stream", "server", "offline");

  private static final int MAX_CALLERS = 1_000_000;
  private static final double MAX_RATE = 1e7;

  private LoadCommand() {}

  static int run(Arguments arguments, Streams streams) {
    LoadTask task = task(arguments);
    String json = arguments.value("--json");
    String csv = arguments.value("--csv");
    boolean toOut = ResultFile.STANDARD_OUTPUT.equals(json);
    if (toOut && ResultFile.STANDARD_OUTPUT.equals(csv)) {
      throw new UsageException("only one of --json and --csv can be standard output");
    }
    toOut |= ResultFile.STANDARD_OUTPUT.equals(csv);
    ResultFile.check(json);
    ResultFile.check(csv);
    LoadResult result =
        BenchCommand.measure(
            arguments, (command, progress) -> LoadRun.run(task, command, progress));
    if (json != null) {
      ResultFile.write(json, Json.text(LoadJson.of(result)), streams.out());
    }
    if (csv != null) {
      ResultFile.write(csv, LoadCsv.of(result), streams.out());
    }
    if (!toOut || !arguments.has("--quiet")) {
      PrintStream table = toOut ? streams.err() : streams.out();
      table.print(LoadTable.of(result));
    }
    return result.isUseful() ? ExitCode.OK : ExitCode.FAILED;
  }

  /** What the command line asks for. Reads no more than the model file's first bytes. */
  static LoadTask task(Arguments arguments) {
    Slo slo = Values.slo(arguments);
    LoadMode mode = mode(arguments, slo);
    String model = ModelArgument.checked(arguments.positional().getFirst());
    Threads threads = threads(arguments, mode);
    Recipe recipe = ModelDefaults.of(model).recipe(arguments);
    return new LoadTask(
        model,
        Values.packageOptions(arguments, threads.instances(), model),
        Values.inputs(arguments, 0),
        arguments.value("--data"),
        recipe.toString(),
        threads,
        recipe.device().toString(),
        mode,
        slo,
        Values.duration(arguments),
        Values.seed(arguments));
  }

  private static LoadMode mode(Arguments arguments, @Nullable Slo slo) {
    List<String> modes = new ArrayList<>(List.of("--concurrency", "--rate", "--scenario"));
    modes.removeIf(name -> !arguments.has(name));
    if (modes.size() > 1) {
      throw new UsageException(
          "only one of --concurrency, --rate and --scenario can be given, found "
              + String.join(" and ", modes));
    }
    String scenario = arguments.value("--scenario");
    boolean isServer = "server".equals(scenario);
    boolean isSearch = isServer || (modes.isEmpty() && slo != null);
    if (arguments.has("--arrivals") && !arguments.has("--rate") && !isSearch) {
      throw new UsageException(
          "--arrivals is for requests at a --rate, or for a search with --slo");
    }
    if (scenario != null) {
      return switch (scenario) {
        case "single-stream" -> new LoadMode.SingleStream();
        case "multi-stream" -> new LoadMode.MultiStream();
        case "offline" -> offline(slo);
        case "server" -> server(arguments, slo);
        default ->
            throw new UsageException(
                "bad value '%s' of --scenario: expected %s%s"
                    .formatted(
                        scenario,
                        String.join(", ", SCENARIOS),
                        Suggestion.among(SCENARIOS, scenario)));
      };
    }
    if (arguments.has("--rate")) {
      return new LoadMode.Open(rates(arguments.value("--rate", "")), arrivals(arguments));
    }
    return slo != null && modes.isEmpty()
        ? new LoadMode.Search(slo, arrivals(arguments))
        : new LoadMode.Closed(callers(arguments));
  }

  private static LoadMode offline(@Nullable Slo slo) {
    if (slo != null) {
      throw new UsageException(
          "--slo has no meaning with --scenario offline, where latency does not count");
    }
    return new LoadMode.Offline();
  }

  private static LoadMode server(Arguments arguments, @Nullable Slo slo) {
    if (slo == null) {
      throw new UsageException("--scenario server needs the bound to keep, such as --slo p99=20ms");
    }
    if (arrivals(arguments) != Arrivals.POISSON) {
      throw new UsageException("--scenario server has Poisson arrivals; --slo alone takes others");
    }
    return new LoadMode.Search(slo, Arrivals.POISSON);
  }

  private static Arrivals arrivals(Arguments arguments) {
    String text = arguments.value("--arrivals", Arrivals.POISSON.toString());
    for (Arrivals arrivals : Arrivals.values()) {
      if (arrivals.toString().equals(text)) {
        return arrivals;
      }
    }
    throw new UsageException(
        "bad value '%s' of --arrivals: expected poisson or constant".formatted(text));
  }

  /** Those given, or powers of two up to twice the cores. */
  private static List<Integer> callers(Arguments arguments) {
    String text = arguments.value("--concurrency");
    List<Integer> callers = new ArrayList<>();
    if (text == null) {
      int most = 2 * ThreadPlanner.ofThisProcess(0).cores();
      for (int number = 1; number <= most; number *= 2) {
        callers.add(number);
      }
      return callers;
    }
    for (String part : text.split(",", -1)) {
      callers.add((int) Arguments.number("--concurrency", part, 1, MAX_CALLERS));
    }
    return callers.stream().distinct().toList();
  }

  private static List<Double> rates(String text) {
    List<Double> rates = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      double rate;
      try {
        rate =
            Double.parseDouble(part.endsWith("/s") ? part.substring(0, part.length() - 2) : part);
      } catch (NumberFormatException e) {
        rate = Double.NaN;
      }
      if (!(rate > 0 && rate <= MAX_RATE)) {
        throw new UsageException(
            "bad value '%s' of --rate: expected a number of requests a second above 0, at most %.0f"
                .formatted(part, MAX_RATE));
      }
      rates.add(rate);
    }
    return rates.stream().distinct().toList();
  }

  private static Threads threads(Arguments arguments, LoadMode mode) {
    ThreadPlanner planner = ThreadPlanner.ofThisProcess(0);
    if (!arguments.has("--threads")) {
      return mode instanceof LoadMode.SingleStream ? planner.forLatency() : planner.forThroughput();
    }
    List<Threads> plans = Values.threadPlans(arguments);
    if (plans.size() > 1) {
      throw new UsageException("--threads takes one plan here, such as 2 or 1x4");
    }
    return plans.getFirst();
  }
}
