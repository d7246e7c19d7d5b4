package io.github.narthex.check;

import io.github.narthex.ModelPackage.Agreement;
import io.github.narthex.ModelPackage.Spec;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.Configuration;
import io.github.narthex.bundle.Configuration.Accuracy;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.check.Evidence.Answers;
import io.github.narthex.check.Evidence.Timing;
import io.github.narthex.internal.text.Numbers;
import io.github.narthex.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was measured before it is deployed: its answers, its speed, and whether goals are kept. */
record EvidenceItems(Subject subject) {
  /** An agreement of 99 % can't be told from fewer. */
  static final long ENOUGH_SAMPLES = 100;

  private static final Set<Strategy> SAME_ANSWERS =
      Set.of(Strategy.EAGER, Strategy.GRAD, Strategy.NO_GRAD, Strategy.THREADS);

  private static final int LAST_PERCENTILE = 99;

  Group group() {
    List<Item> items = new ArrayList<>(List.of(accuracy(), speed(), latency()));
    Double leastItems = limits().minItemsPerS();
    if (leastItems != null) {
      items.add(throughput(leastItems));
    }
    return new Group("evidence", items);
  }

  private Limits limits() {
    return configuration().map(Configuration::limits).orElse(Limits.NONE);
  }

  private Optional<Configuration> configuration() {
    return subject.bundle().map(bundle -> bundle.spec().configuration());
  }

  private String optimize(String options) {
    return "narthex optimize %s --output BUNDLE%s"
        .formatted(
            subject.bundle().isPresent() ? "--from " + subject.name() : subject.name(), options);
  }

  /** Of compiled code there is nothing to search for, but it can be measured. */
  private String search(String options) {
    return subject.compiled().isPresent()
        ? "narthex load %s%s".formatted(subject.name(), options)
        : optimize(options);
  }

  private String better() {
    return subject.compiled().isPresent()
        ? "compile it with other options (narthex export)"
        : optimize("") + " searches for what keeps it";
  }

  private Item accuracy() {
    String name = "accuracy";
    if (subject.compiled().isPresent()) {
      return compiledAccuracy(name);
    }
    if (SAME_ANSWERS.containsAll(subject.recipe().strategies())) {
      return Item.met(name, "no step changes the model's own answers");
    }
    Evidence evidence = subject.evidence().orElse(null);
    if (evidence == null || evidence.answers().inputs() == 0) {
      return Item.notMet(
          name,
          "the recipe %s may change answers, and they were not compared%s"
              .formatted(
                  subject.recipe(), evidence == null ? " (" + subject.noEvidence() + ")" : ""),
          optimize(" --data DIR") + " compares them");
    }
    return accuracy(name, evidence.answers());
  }

  /** To compile changes answers, whatever the recipe; some were compared then. */
  private Item compiledAccuracy(String name) {
    String verify =
        "narthex verify ORIGINAL %s --data DIR compares answers over your own"
            .formatted(subject.name());
    Optional<Agreement> known = subject.spec().flatMap(Spec::agreement);
    if (known.isEmpty()) {
      return Item.unknown(
          name, "how far it is off the model that it was compiled from is not said", verify);
    }
    Double maxError =
        configuration().map(Configuration::accuracy).map(Accuracy::maxError).orElse(null);
    double error = known.get().maxRel();
    long calls = known.get().calls();
    String found =
        "%s over %d made-up call%s when it was compiled"
            .formatted(off(error, maxError), calls, calls == 1 ? "" : "s");
    return !Double.isFinite(error) || (maxError != null && error > maxError)
        ? Item.notMet(
            name, found, "compile it with other options (narthex export --dtype), or allow more")
        : Item.unknown(name, found + "; made-up inputs say little of real ones", verify);
  }

  private static String off(@Nullable Double error, @Nullable Double allowed) {
    return (error == null || !Double.isFinite(error)
            ? "not finite"
            : "off by %s".formatted(Numbers.percent(error)))
        + (allowed == null ? "" : " (%s allowed)".formatted(Numbers.percent(allowed)));
  }

  private Item accuracy(String name, Answers answers) {
    Accuracy limits = configuration().map(Configuration::accuracy).orElse(Accuracy.UNSET);
    Double maxError = subject.bundle().isPresent() ? limits.maxError() : answers.maxError();
    Double minAgreement = limits.minAgreement();
    String found = found(answers, maxError, minAgreement);
    if (isBroken(answers, maxError, minAgreement)) {
      return Item.notMet(
          name,
          found,
          "take a recipe that keeps to it (%s), or allow more".formatted(optimize("")));
    }
    if (maxError == null && minAgreement == null) {
      return Item.unknown(
          name, found, "say how much they may be off: accuracy.max-error in narthex.yaml");
    }
    if (!answers.isReal()) {
      return Item.unknown(
          name,
          found + ", which say little of real ones",
          optimize(" --data DIR") + " compares answers over your own");
    }
    return answers.inputs() < ENOUGH_SAMPLES
        ? Item.unknown(
            name,
            found + ", which are few",
            "give %d or more of them: %s".formatted(ENOUGH_SAMPLES, optimize(" --data DIR")))
        : Item.met(name, found);
  }

  private static boolean isBroken(
      Answers answers, @Nullable Double maxError, @Nullable Double minAgreement) {
    Double error = answers.maxRel();
    Double agreement = answers.agreement();
    return error == null
        || (maxError != null && error > maxError)
        || (minAgreement != null && (agreement == null || agreement < minAgreement));
  }

  private static String found(
      Answers answers, @Nullable Double maxError, @Nullable Double minAgreement) {
    Double agreement = answers.agreement();
    String agree =
        minAgreement == null
            ? ""
            : ", %s agree (%s asked for)"
                .formatted(
                    agreement == null ? "an unknown share" : Numbers.percent(agreement),
                    Numbers.percent(minAgreement));
    return "%s%s, over %d %s"
        .formatted(
            off(answers.maxRel(), maxError),
            agree,
            answers.inputs(),
            !answers.isReal()
                ? "made-up inputs"
                : answers.right() != null ? "labelled samples" : "samples of yours");
  }

  private Item speed() {
    String name = "speed proven here";
    String measure = "measure here: narthex bench " + subject.name();
    Optional<Proven> proven = subject.proven();
    boolean isPackage = subject.compiled().isPresent();
    if (proven.isEmpty()) {
      return subject.bundle().isPresent()
          ? Item.notMet(
              name,
              "the bundle does not say what it was proven on",
              isPackage ? measure : optimize(""))
          : Item.unknown(
              name, subject.noEvidence(), isPackage ? measure : measure + ", or " + optimize(""));
    }
    List<String> differences = new ArrayList<>();
    proven.get().cpuDifference(subject.here().machine()).ifPresent(differences::add);
    proven.get().libtorchDifference(subject.here().libtorch()).ifPresent(differences::add);
    if (!differences.isEmpty()) {
      return Item.notMet(name, "it " + String.join("; it ", differences), measure);
    }
    if (subject.evidence().isEmpty()) {
      return Item.unknown(
          name,
          "same processor and libtorch, but there are no figures: " + subject.noEvidence(),
          measure);
    }
    Evidence evidence = subject.evidence().get();
    if (!evidence.threads().equals(subject.threads())) {
      return Item.notMet(
          name,
          "it was measured with %s threads, and runs with %s here"
              .formatted(evidence.threads(), subject.threads()),
          measure);
    }
    return speed(name, evidence.timing(), measure);
  }

  private static Item speed(String name, Timing timing, String measure) {
    List<String> figures = new ArrayList<>();
    for (int percentile : List.of(50, 99)) {
      Double ms = timing.percentilesMs().get(percentile);
      if (ms != null) {
        figures.add("p%d %s ms".formatted(percentile, Numbers.text(ms)));
      }
    }
    if (figures.isEmpty()) {
      return Item.unknown(name, "nothing was timed", measure);
    }
    String found =
        "%s over %d forwards, on this processor with this libtorch"
            .formatted(String.join(", ", figures), timing.forwards());
    return timing.doubts().isEmpty()
        ? Item.met(name, found)
        : Item.unknown(
            name,
            found
                + "; another run may come to other figures: "
                + String.join("; ", timing.doubts()),
            measure + " --require-stable, with nothing else running");
  }

  private Item latency() {
    String name = "latency goal";
    Limits limits = limits();
    Double goalMs = limits.latencyMs();
    int percentile = limits.percentile();
    if (goalMs == null) {
      return Item.unknown(
          name,
          "none is set",
          "set limits.p%d-ms in a bundle, or %s finds what keeps it"
              .formatted(LAST_PERCENTILE, search(" --slo p99=20ms")));
    }
    String goal = "p%d at most %s ms".formatted(percentile, Numbers.text(goalMs));
    if (subject.evidence().isEmpty()) {
      return Item.unknown(name, goal + "; " + subject.noEvidence(), search(""));
    }
    Timing timing = subject.evidence().get().timing();
    Double ms = timing.percentilesMs().get(percentile);
    if (ms == null) {
      return Item.unknown(
          name,
          "%s, which is not known after %d forwards".formatted(goal, timing.forwards()),
          "narthex bench %s --iterations 700".formatted(subject.name()));
    }
    String found = "%s, measured %s ms".formatted(goal, Numbers.text(ms));
    return ms > goalMs
        ? Item.notMet(name, found, better())
        : Item.met(
            name,
            found + ", one call at a time",
            "narthex load %s --slo p%d=%sms says up to how many requests a second"
                .formatted(subject.name(), percentile, Numbers.text(goalMs)));
  }

  private Item throughput(double least) {
    String name = "throughput goal";
    String goal = "at least %s items a second".formatted(Numbers.text(least));
    Optional<Double> known =
        subject.evidence().flatMap(found -> Optional.ofNullable(found.timing().itemsPerS()));
    if (known.isEmpty()) {
      return Item.unknown(
          name,
          goal + (subject.evidence().isEmpty() ? "; " + subject.noEvidence() : "; not measured"),
          search(""));
    }
    String found = "%s, measured %s".formatted(goal, Numbers.text(known.get()));
    return known.get() < least ? Item.notMet(name, found, better()) : Item.met(name, found);
  }
}
