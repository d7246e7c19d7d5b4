package io.github.narthex.compare;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import io.github.narthex.InputException;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads results. Fields that it does not know are left alone, so that newer files can be read. */
public final class DocumentReader {
  private static final String BENCH = "narthex.bench/1";

  /** Documents whose rows are those of bench, and where their rows are. */
  private static final Map<String, String> ROWS =
      Map.of(
          BENCH,
          "results",
          "narthex.sweep/1",
          "results",
          "narthex.load/1",
          "results",
          "narthex.optimize/1",
          "trials");

  /** Documents that have one of bench inside. */
  private static final Map<String, String> WRAPPED =
      Map.of("narthex.recipe/1", "evidence", "narthex.claims/1", "evidence");

  private static final List<String> MACHINE =
      List.of("cpu", "isa", "cores", "processors", "available_processors", "cpu_quota");

  private static final List<String> SOFTWARE = List.of("narthex", "libtorch", "jvm", "os");

  private static final List<String> MODEL = List.of("name", "parameters");

  private static final List<String> WORKLOAD =
      List.of("inputs", "seed", "warmup", "iterations", "duration_s");

  /** Where its messages, which speak of the parser's settings, say that the mistake is. */
  private static final Pattern PLACE = Pattern.compile("line (\\d+) column (\\d+)");

  private DocumentReader() {}

  /**
   * Reads a result.
   *
   * @param file as the user named it
   * @throws InputException if it can't be read, is not JSON or ends early, is no result that can be
   *     compared, or has a field of a kind that it can't have
   */
  public static Document read(String file) {
    Fields document = fields(file);
    String schema = document.text("schema");
    if (schema == null) {
      throw new InputException(
          file + " is not a result of narthex: it does not say which schema it follows");
    }
    String wrapped = WRAPPED.get(schema);
    if (wrapped != null) {
      Fields inner = document.fields(wrapped);
      if (inner == null || !BENCH.equals(inner.text("schema"))) {
        throw new InputException("%s has no %s of %s inside".formatted(file, wrapped, BENCH));
      }
      return document(file, BENCH, "results", inner);
    }
    String rows = ROWS.get(schema);
    if (rows == null) {
      throw new InputException(
          "%s is %s, which can't be compared; expected a result of narthex bench (%s or %s)"
              .formatted(file, schema, BENCH, "narthex.sweep/1"));
    }
    return document(file, schema, rows, document);
  }

  /**
   * The fields of a result of any kind.
   *
   * @param file as the user named it
   * @throws InputException if it can't be read, is not JSON or ends early
   */
  public static Fields fields(String file) {
    return new Fields(file + ": ", parse(file));
  }

  private static JsonObject parse(String file) {
    Path path;
    try {
      path = Path.of(file);
    } catch (InvalidPathException e) {
      throw new InputException("bad file name: " + e.getMessage(), "", e);
    }
    if (!Files.exists(path)) {
      throw new InputException("no such file: " + file);
    }
    if (Files.isDirectory(path)) {
      throw new InputException(file + " is a directory, where a result of narthex was expected");
    }
    try (Reader text = Files.newBufferedReader(path);
        JsonReader reader = new JsonReader(text)) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      var _ = reader.peek(); // throws if there is something behind it
      if (element instanceof JsonObject object) {
        return object;
      }
      if (Files.size(path) == 0) {
        throw new EOFException();
      }
      throw new InputException(file + " is not a result of narthex: it is JSON, but no object");
    } catch (CharacterCodingException e) {
      throw new InputException(file + " is not JSON: it is not text in UTF-8", "", e);
    } catch (JsonParseException | IOException e) {
      throw unreadable(file, e);
    }
  }

  private static InputException unreadable(String file, Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CharacterCodingException) {
        return new InputException(file + " is not JSON: it is not text in UTF-8", "", failure);
      }
      if (cause instanceof EOFException) {
        return new InputException(
            file + " ends too early: it was not written to its end", "", failure);
      }
    }
    String message = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    Matcher place = PLACE.matcher(message);
    return new InputException(
        place.find()
            ? "%s is not JSON: see line %s, column %s"
                .formatted(file, place.group(1), place.group(2))
            : "%s can't be read: %s".formatted(file, message),
        "",
        failure);
  }

  private static Document document(String file, String schema, String rows, Fields document) {
    Fields environment = document.fields("environment");
    Map<String, String> conditions = new LinkedHashMap<>();
    add(conditions, "", environment, SOFTWARE);
    add(conditions, "model ", document.fields("model"), MODEL);
    Fields workload = document.fields("workload");
    add(conditions, "", workload, WORKLOAD);
    Fields data = workload == null ? null : workload.fields("data");
    add(conditions, "data ", data, List.of("directory", "used"));
    Map<String, String> machine = new LinkedHashMap<>();
    add(machine, "", environment, MACHINE);
    if (!document.has(rows)) {
      throw new InputException("%s has no %s".formatted(file, rows));
    }
    List<Row> all = new ArrayList<>();
    for (Fields row : document.list(rows)) {
      all.add(row.has("load") && workload != null ? loadRow(row, workload) : row(row));
    }
    return new Document(
        file,
        schema,
        environment == null ? "" : environment.text("time", ""),
        machine,
        conditions,
        stability(document.fields("stability")),
        taken(document.fields("stability")),
        all);
  }

  private static String stability(@Nullable Fields stability) {
    if (stability == null) {
      return "";
    }
    String verdict = stability.text("verdict", "unknown");
    String reasons = stability.any("reasons");
    return reasons == null || reasons.equals("[]")
        ? verdict
        : verdict + ": " + reasons.replaceAll("^\\[\"|\"]$", "").replace("\",\"", "; ");
  }

  private static double taken(@Nullable Fields stability) {
    Double taken = stability == null ? null : stability.number("taken");
    return taken == null ? 0 : Math.clamp(taken, 0, 1);
  }

  private static double drift(@Nullable Fields stability) {
    Double drift = stability == null ? null : stability.number("drift");
    if (stability == null || drift == null || !stability.has("drift_ci")) {
      return 0;
    }
    List<Double> ends = stability.range("drift_ci");
    return ends.getFirst() <= 0 && ends.getLast() >= 0 ? 0 : Math.abs(drift);
  }

  private static void add(
      Map<String, String> facts, String prefix, @Nullable Fields fields, List<String> names) {
    for (String name : names) {
      String value = fields == null ? null : fields.any(name);
      facts.put(prefix + name.replace('_', ' '), value == null ? "" : value);
    }
  }

  /** Where a row wraps what was measured, its own fields say what that was. */
  private static Row row(Fields row) {
    Fields inner = row.fields("measurement");
    Fields measured = inner == null ? row : inner;
    Fields candidate = row.fields("candidate");
    Fields about = candidate == null ? measured : candidate;
    String recipe = about.text("recipe", "");
    if (recipe.isEmpty()) {
      throw new InputException(row.where() + " has no recipe");
    }
    Row.Key key =
        new Row.Key(
            recipe,
            "",
            about.whole("batch", 1),
            about.whole("threads", 1),
            about.whole("instances", row.whole("instances", 1)),
            measured.text("device", "cpu"));
    return new Row(
        key,
        measured.text("status", "ok"),
        measured.text("reason"),
        measured.whole("samples", 0),
        values(measured),
        turns(measured),
        drift(measured.fields("stability")));
  }

  /** A row of a load: what ran is told once for all of them. */
  private static Row loadRow(Fields row, Fields workload) {
    Map<Metric, Double> values = values(row);
    Double items = row.number("items_per_s");
    if (items != null) {
      values.put(Metric.THROUGHPUT, items);
    }
    return new Row(
        new Row.Key(
            workload.text("recipe", ""),
            row.text("load", ""),
            workload.whole("batch", 1),
            workload.whole("threads", 1),
            workload.whole("instances", 1),
            workload.text("device", "cpu")),
        row.text("status", "ok"),
        row.text("reason"),
        row.whole("answered", 0),
        values,
        List.of(),
        0);
  }

  private static Map<Metric, Double> values(Fields row) {
    Map<Metric, Double> values = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.values()) {
      Fields at = row;
      List<String> path = metric.path();
      for (String step : path.subList(0, path.size() - 1)) {
        at = at == null ? null : at.fields(step);
      }
      Double value = at == null ? null : at.number(path.getLast());
      if (value != null) {
        values.put(metric, value);
      }
    }
    return values;
  }

  private static List<TurnFigures> turns(Fields row) {
    List<Fields> summaries = row.list("turns");
    List<double[]> samples = row.numbers("samples_ms");
    if (!samples.isEmpty() && samples.size() != summaries.size()) {
      throw new InputException(
          "%s has %d turns, but samples of %d"
              .formatted(row.where(), summaries.size(), samples.size()));
    }
    List<TurnFigures> turns = new ArrayList<>();
    for (Fields summary : summaries) {
      Map<Metric, Double> percentiles = new EnumMap<>(Metric.class);
      for (Metric metric : Metric.values()) {
        Double value = metric.isPercentile() ? summary.number(metric.toString()) : null;
        if (value != null) {
          percentiles.put(metric, value);
        }
      }
      double[] sorted = samples.isEmpty() ? new double[0] : samples.get(turns.size());
      Arrays.sort(sorted);
      Double mean = summary.number("mean");
      turns.add(
          new TurnFigures(
              summary.whole("samples", 0), mean == null ? 0 : mean, percentiles, sorted));
    }
    return turns;
  }
}
