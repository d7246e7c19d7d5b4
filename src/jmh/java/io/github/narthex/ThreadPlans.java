package io.github.narthex;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.bench.Latency;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.models.Builtin;
import io.github.narthex.report.Json;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Throughput and latency for each number of callers, kind of thread and number of intra-op threads:
 * whether latency collapses where more threads want to compute than there are processors. Each
 * caller has a session of its own and asks again as soon as it has an answer. The arguments are the
 * seconds for each row, the file for JSON, and pairs of a built-in and a recipe; docs/numbers.md
 * has the command.
 */
public final class ThreadPlans {
  private static final List<Integer> CALLERS = List.of(1, 2, 4, 8);
  private static final String ROW = "| %-10s | %7s | %-8s | %8s | %10s | %9s | %9s | %9s |";

  private ThreadPlans() {}

  /** What a row is about. */
  private record Plan(String model, String recipe, int callers, boolean virtual, int intraOp) {
    String kind() {
      return virtual ? "virtual" : "platform";
    }
  }

  /** What came out: the forwards of all callers a second, and how long each caller waited. */
  private record Row(Plan plan, double perSecond, Latency latency) {}

  /** Runs it and prints the table. */
  public static void main(String[] args) throws IOException, InterruptedException {
    double seconds = Double.parseDouble(args[0]);
    List<Row> rows = new ArrayList<>();
    double load = load();
    print("%s; load before %.2f", about(), load);
    print(
        ROW, "model", "callers", "threads", "intra-op", "forwards/s", "p50 ms", "p99 ms", "max ms");
    print("|---|--:|---|--:|--:|--:|--:|--:|");
    for (int i = 2; i < args.length; i += 2) {
      rows.addAll(measure(args[i], args[i + 1], seconds));
    }
    print("load after %.2f", load());
    Files.writeString(Path.of(args[1]), json(rows, load));
  }

  private static List<Row> measure(String name, String recipe, double seconds)
      throws InterruptedException {
    List<Row> rows = new ArrayList<>();
    Builtin builtin = Builtin.named(name).orElseThrow();
    try (Arena models = Arena.ofShared()) {
      Model model = Recipe.parse(recipe).applyTo(models, builtin.build(models, 0));
      for (int intraOp : intraOpThreads()) {
        for (boolean virtual : new boolean[] {false, true}) {
          for (int callers : CALLERS) {
            Plan plan = new Plan(name, recipe, callers, virtual, intraOp);
            Row row = measure(plan, builtin, model.withThreads(intraOp), seconds);
            print(row);
            rows.add(row);
          }
        }
      }
    }
    return rows;
  }

  /** One, two, all. */
  private static SortedSet<Integer> intraOpThreads() {
    int all = Runtime.getRuntime().availableProcessors();
    return new TreeSet<>(List.of(1, Math.min(2, all), all));
  }

  private static Row measure(Plan plan, Builtin builtin, Model model, double seconds)
      throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      List<Session> sessions = new ArrayList<>();
      for (int i = 0; i < plan.callers(); i++) {
        sessions.add(session(arena, model, builtin.inputs(), i));
      }
      Thread.Builder threads = plan.virtual() ? Thread.ofVirtual() : Thread.ofPlatform();
      ClosedLoop.Result result = ClosedLoop.run(sessions, threads, seconds);
      return new Row(plan, result.perSecond(), result.latency());
    }
  }

  /** A session on a sample of inputs that are made up. */
  static Session session(Arena arena, Model model, List<? extends InputSpec> inputs, int sample) {
    Map<String, Value> values = ModelInputs.of(model, List.copyOf(inputs), 0).sample(arena, sample);
    return Session.open(arena, model, Model.FORWARD, List.of(), values);
  }

  private static String about() {
    return "libtorch %s, Java %s, %d processors"
        .formatted(
            Version.libtorch(), Runtime.version(), Runtime.getRuntime().availableProcessors());
  }

  /** Processes that want to run, over the last minute: there should be none but this. */
  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static String json(List<Row> rows, double load) {
    JsonObject document = Json.document("narthex-thread-plans/1");
    document.addProperty("about", about());
    document.add("loadBefore", Json.number(load));
    JsonArray array = new JsonArray();
    for (Row row : rows) {
      JsonObject object = new JsonObject();
      object.addProperty("model", row.plan().model());
      object.addProperty("recipe", row.plan().recipe());
      object.addProperty("callers", row.plan().callers());
      object.addProperty("threads", row.plan().kind());
      object.addProperty("intraOpThreads", row.plan().intraOp());
      object.add("forwardsPerSecond", Json.number(row.perSecond()));
      object.add("p50Ms", Json.number(row.latency().p50Ms()));
      object.add("p99Ms", Json.number(row.latency().p99Ms()));
      object.add("maxMs", Json.number(row.latency().maxMs()));
      object.addProperty("samples", row.latency().samples());
      array.add(object);
    }
    document.add("rows", array);
    return Json.text(document);
  }

  private static void print(Row row) {
    print(
        ROW,
        row.plan().model(),
        row.plan().callers(),
        row.plan().kind(),
        row.plan().intraOp(),
        String.format(Locale.ROOT, "%.1f", row.perSecond()),
        ms(row.latency().p50Ms()),
        ms(row.latency().p99Ms()),
        ms(row.latency().maxMs()));
  }

  /** Too few samples for a p99 are no p99. */
  private static String ms(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  @SuppressWarnings("AnnotateFormatMethod") // would need Error Prone's annotations at run time
  private static void print(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
