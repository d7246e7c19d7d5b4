package io.github.narthex.bundle;

import com.google.gson.JsonPrimitive;
import io.github.narthex.bundle.BundleSpec.ModelEntry;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.BundleSpec.Source;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.internal.text.Quantity;
import io.github.narthex.io.InputSpec;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The text of a {@code narthex.yaml}, with comments that say what each key means. */
final class SpecText {
  /** Where comments begin, if what they are about is not longer. */
  private static final int COMMENT_COLUMN = 30;

  private final StringBuilder text = new StringBuilder();

  private SpecText() {}

  static String of(BundleSpec spec) {
    SpecText text = new SpecText();
    text.remark("A bundle of Narthex: a model, how it is run, and what that was proven on.");
    text.remark("docs/bundle.md has all keys. What stands under inputs, run, goal, limits,");
    text.remark("accuracy, budget and policy is meant to be edited; what stands under model and");
    text.remark("proven is checked when the bundle is opened.");
    text.line("schema: " + BundleSpec.SCHEMA);
    text.model(spec.model());
    text.inputs(spec.configuration());
    text.run(spec.configuration().run());
    text.aims(spec.configuration());
    text.proven(spec.proven());
    text.policy(spec.configuration().policy());
    return text.text.toString();
  }

  private void model(ModelEntry model) {
    line("");
    line("model:");
    boolean isPackage = model.file().endsWith(".pt2");
    key(
        "  file",
        quoted(model.file()),
        isPackage ? "compiled by AOTInductor" : "the recipe is applied to it");
    key("  sha256", quoted(model.sha256()), null);
    key(
        "  recipe",
        quoted(model.recipe().toString()),
        isPackage ? "none can be applied to compiled code" : "what the file holds: no setting");
    Source source = model.source();
    if (source != null) {
      key("  source", "", "what it was made of");
      key("    name", quoted(source.name()), null);
      if (source.sha256() != null) {
        key("    sha256", quoted(source.sha256()), null);
      }
    }
  }

  private void inputs(Configuration configuration) {
    line("");
    remark("What forward takes, in its order, as --input has it.");
    line(configuration.inputs().isEmpty() ? "inputs: []" : "inputs:");
    for (InputSpec input : configuration.inputs()) {
      line("  - " + quoted(input.toString()));
    }
  }

  private void run(Run run) {
    line("");
    line("run:");
    key("  threads", auto(run.threads()), "inside an operator; auto: what suits the machine");
    key("  instances", auto(run.instances()), "calls at the same time; several have a thread each");
    key("  batch", run.rows(), "above 1: requests are joined to so many rows");
    String wait = Quantity.plain(run.maxWaitMs() == null ? 0 : run.maxWaitMs());
    key("  max-wait-ms", wait, "how long a request waits for others to join it");
    key("  queue", run.waiting(), "calls that may wait; more are rejected");
  }

  private void aims(Configuration configuration) {
    line("");
    remark("What it was optimised for, and what a new search keeps to.");
    key("goal", configuration.goal(), String.join(", ", Configuration.GOALS), "latency");
    Limits limits = configuration.limits();
    line("limits:");
    key(
        "  " + SpecReader.percentileKey(limits.latencyMs() == null ? 99 : limits.percentile()),
        number(limits.latencyMs()),
        "p50, p90, p95 or p99 of latency, at most",
        "20");
    key("  min-items-per-s", number(limits.minItemsPerS()), "at least", "100");
    Long memory = limits.maxMemoryBytes();
    key(
        "  max-memory",
        memory == null ? null : Quantity.bytesText(memory),
        "of the process, at most",
        "1GB");
    line("accuracy:");
    key(
        "  max-error",
        fraction(configuration.accuracy().maxError()),
        "of the largest value, at most",
        "1%");
    key(
        "  min-agreement",
        fraction(configuration.accuracy().minAgreement()),
        "same largest output, at least",
        "99.9%");
    key(
        "budget",
        configuration.budget() == null ? null : Quantity.timeText(configuration.budget()),
        "the time for a search",
        "5m");
  }

  private void proven(@Nullable Proven proven) {
    if (proven == null) {
      return;
    }
    line("");
    line("proven:");
    key("  cpu", quoted(proven.cpu()), null);
    line(
        proven.isa().stream()
            .map(SpecText::quoted)
            .collect(Collectors.joining(", ", "  isa: [", "]")));
    String gpu = proven.gpu();
    if (gpu != null) {
      key("  gpu", quoted(gpu), null);
    }
    key("  libtorch", quoted(proven.libtorch()), null);
    key("  narthex", quoted(proven.narthex()), null);
    key("  time", quoted(proven.time()), null);
  }

  private void policy(Policy policy) {
    line("");
    remark(
        "What happens where one of these is not as it was proven: "
            + Arrays.stream(Configuration.Reaction.values())
                .map(SpecReader::word)
                .collect(Collectors.joining(", "))
            + ".");
    line("policy:");
    key("  cpu", SpecReader.word(policy.cpu()), null);
    key("  gpu", SpecReader.word(policy.gpu()), null);
    key("  libtorch", SpecReader.word(policy.libtorch()), null);
    key("  model", SpecReader.word(policy.model()), null);
  }

  /** A value that is set, or as a remark an example of one that is not. */
  private void key(String key, @Nullable String value, String comment, String example) {
    if (value == null) {
      int indent = key.length() - key.stripLeading().length();
      key(key.substring(0, indent) + "# " + key.substring(indent), example, comment);
    } else {
      key(key, value, comment);
    }
  }

  private void key(String key, Object value, @Nullable String comment) {
    String line = (key + ": " + value).stripTrailing();
    line(
        comment == null
            ? line
            : line + " ".repeat(Math.max(2, COMMENT_COLUMN - line.length())) + "# " + comment);
  }

  private void remark(String remark) {
    line("# " + remark);
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private static String auto(@Nullable Integer number) {
    return number == null ? SpecReader.AUTO : number.toString();
  }

  private static @Nullable String number(@Nullable Double number) {
    return number == null ? null : Quantity.plain(number);
  }

  private static @Nullable String fraction(@Nullable Double fraction) {
    return fraction == null ? null : Quantity.fractionText(fraction);
  }

  /** A string of JSON is one of YAML. */
  private static String quoted(String text) {
    return new JsonPrimitive(text).toString();
  }
}
