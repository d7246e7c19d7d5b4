package io.github.narthex.bundle;

import io.github.narthex.Model;
import io.github.narthex.bundle.BundleSpec.ModelEntry;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.BundleSpec.Source;
import io.github.narthex.bundle.Configuration.Accuracy;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Reaction;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.internal.text.Quantity;
import io.github.narthex.internal.text.Suggestion;
import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.Recipe;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes of the tree of a {@code narthex.yaml} what it says, and checks that it makes sense. */
final class SpecReader {
  /** All keys, of which a configuration that is no bundle leaves out the first and others. */
  static final List<String> KEYS =
      List.of(
          "schema",
          "model",
          "inputs",
          "run",
          "goal",
          "limits",
          "accuracy",
          "budget",
          "proven",
          "policy");

  static final List<String> MODEL = List.of("file", "sha256", "recipe", "source");
  static final List<String> SOURCE = List.of("name", "sha256");
  static final List<String> RUN = List.of("threads", "instances", "batch", "max-wait-ms", "queue");
  static final List<String> LIMITS =
      List.of("p50-ms", "p90-ms", "p95-ms", "p99-ms", "min-items-per-s", "max-memory");
  static final List<String> ACCURACY = List.of("max-error", "min-agreement");
  static final List<String> PROVEN = List.of("cpu", "isa", "gpu", "libtorch", "narthex", "time");
  static final List<String> POLICY = List.of("cpu", "gpu", "libtorch", "model");

  /** What the machine decides. */
  static final String AUTO = "auto";

  static final int MAX_BATCH = 1 << 16;
  static final int MAX_QUEUE = 1 << 20;
  private static final double MAX_WAIT_MS = 60_000;

  private SpecReader() {}

  /** A configuration, which may be that of a bundle. */
  static Configuration configuration(YamlFile file) {
    Section root = root(file);
    if (root.has("model")) {
      var _ = model(root);
    }
    var _ = proven(root);
    return configuration(root);
  }

  /** All of a bundle. */
  static BundleSpec bundle(YamlFile file) {
    Section root = root(file);
    String _ = root.required("schema", text -> text); // what it may be was checked
    return new BundleSpec(model(root), joinable(root, configuration(root)), proven(root));
  }

  private static Section root(YamlFile file) {
    Section root = Section.of(file, KEYS);
    root.optional(
        "schema",
        text -> {
          if (!text.equals(BundleSpec.SCHEMA)) {
            throw new IllegalArgumentException(
                "this version reads %s, found '%s'".formatted(BundleSpec.SCHEMA, text));
          }
          return text;
        });
    return root;
  }

  private static ModelEntry model(Section root) {
    if (!root.has("model")) {
      String _ = root.required("model", text -> text);
    }
    Section model = root.section("model", MODEL);
    Section source = model.section("source", SOURCE);
    return new ModelEntry(
        model.required("file", SpecReader::fileName),
        model.required("sha256", SpecReader::sha256),
        model.required("recipe", Recipe::parse),
        model.has("source")
            ? new Source(
                source.required("name", SpecReader::text),
                source.optional("sha256", SpecReader::sha256))
            : null);
  }

  private static Configuration configuration(Section root) {
    return new Configuration(
        root.list("inputs", InputSpec::parse),
        run(root.section("run", RUN)),
        root.optional("goal", oneOf(Configuration.GOALS)),
        limits(root.section("limits", LIMITS)),
        accuracy(root.section("accuracy", ACCURACY)),
        root.optional("budget", Quantity::time),
        policy(root.section("policy", POLICY)));
  }

  private static Run run(Section run) {
    Integer threads = run.optional("threads", SpecReader::threads);
    Integer instances = run.optional("instances", SpecReader::threads);
    Integer batch = run.optional("batch", text -> Quantity.whole(text, 1, MAX_BATCH));
    Double wait = run.optional("max-wait-ms", SpecReader::wait);
    if (threads != null && threads > 1 && instances != null && instances > 1) {
      throw run.error("instances", Run.SEVERAL.formatted(instances, threads));
    }
    if (wait != null && wait > 0 && (batch == null || batch == 1)) {
      throw run.error(
          "max-wait-ms",
          "requests wait for each other only where run.batch is above 1: set that, or leave this"
              + " out");
    }
    return new Run(
        threads == null || threads == 0 ? null : threads,
        instances == null || instances == 0 ? null : instances,
        batch,
        wait,
        run.optional("queue", text -> Quantity.whole(text, 0, MAX_QUEUE)));
  }

  /** A number, or 0 for what the machine decides. */
  private static int threads(String text) {
    if (text.equals(AUTO)) {
      return 0;
    }
    try {
      return Quantity.whole(text, 1, Model.MAX_THREADS);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + "; auto suits the machine", e);
    }
  }

  private static double wait(String text) {
    double value = Quantity.notNegative(text);
    if (value > MAX_WAIT_MS) {
      throw new IllegalArgumentException(
          "expected milliseconds up to %.0f, found '%s'".formatted(MAX_WAIT_MS, text));
    }
    return value;
  }

  /** What a bundle that joins requests needs to know of them. */
  private static Configuration joinable(Section root, Configuration configuration) {
    if (configuration.run().rows() == 1) {
      return configuration;
    }
    Section run = root.section("run", RUN);
    if (configuration.inputs().isEmpty()) {
      throw run.error(
          "batch", "to join requests, the shapes of their inputs must stand under inputs");
    }
    for (InputSpec input : configuration.inputs()) {
      if (!(input instanceof InputSpec.Generated generated) || generated.shape().rank() == 0) {
        throw run.error(
            "batch",
            "requests can't be joined along dimension 0 of the input '%s': expected a shape such as"
                    .formatted(input)
                + " 1x3x224x224");
      }
    }
    return configuration;
  }

  private static Limits limits(Section limits) {
    String found = null;
    int percentile = Limits.NONE.percentile();
    for (int each : Limits.PERCENTILES) {
      String key = percentileKey(each);
      if (limits.has(key)) {
        if (found != null) {
          throw limits.error(
              key, "there is a limit of %s already: only one of them".formatted(found));
        }
        found = key;
        percentile = each;
      }
    }
    return new Limits(
        percentile,
        found == null ? null : limits.optional(found, Quantity::positive),
        limits.optional("min-items-per-s", Quantity::positive),
        limits.optional("max-memory", Quantity::bytes));
  }

  static String percentileKey(int percentile) {
    return "p" + percentile + "-ms";
  }

  private static Accuracy accuracy(Section accuracy) {
    return new Accuracy(
        accuracy.optional("max-error", Quantity::fraction),
        accuracy.optional("min-agreement", Quantity::fraction));
  }

  private static Policy policy(Section policy) {
    return new Policy(
        reaction(policy, "cpu", Policy.STANDARD.cpu()),
        reaction(policy, "gpu", Policy.STANDARD.gpu()),
        reaction(policy, "libtorch", Policy.STANDARD.libtorch()),
        reaction(policy, "model", Policy.STANDARD.model()));
  }

  private static Reaction reaction(Section policy, String key, Reaction standard) {
    List<String> words = Arrays.stream(Reaction.values()).map(SpecReader::word).toList();
    String word = policy.optional(key, oneOf(words));
    return word == null ? standard : Reaction.valueOf(word.toUpperCase(Locale.ROOT));
  }

  static String word(Reaction reaction) {
    return reaction.name().toLowerCase(Locale.ROOT);
  }

  private static @Nullable Proven proven(Section root) {
    if (!root.has("proven")) {
      return null;
    }
    Section proven = root.section("proven", PROVEN);
    return new Proven(
        proven.required("cpu", SpecReader::text),
        proven.list("isa", SpecReader::text),
        proven.optional("gpu", SpecReader::text),
        proven.required("libtorch", SpecReader::text),
        proven.required("narthex", SpecReader::text),
        proven.required("time", SpecReader::text));
  }

  private static Function<String, String> oneOf(List<String> words) {
    return text -> {
      if (!words.contains(text)) {
        throw new IllegalArgumentException(
            "expected %s, found %s%s"
                .formatted(
                    String.join(", ", words.subList(0, words.size() - 1))
                        + " or "
                        + words.getLast(),
                    text.isEmpty() ? "nothing" : "'" + text + "'",
                    Suggestion.among(words, text)));
      }
      return text;
    };
  }

  private static String text(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("expected a text, found nothing");
    }
    return text;
  }

  private static String sha256(String text) {
    if (!text.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "expected a SHA-256 of 64 hexadecimal digits, found '%s'".formatted(text));
    }
    return text;
  }

  /** A bundle holds what it runs: no path leads out of it. */
  private static String fileName(String text) {
    if (text.isBlank() || text.matches("(?s).*[/\\\\\\p{Cntrl}].*") || text.startsWith(".")) {
      throw new IllegalArgumentException(
          "expected the name of a file in the bundle, found '%s'".formatted(text));
    }
    return text;
  }
}
