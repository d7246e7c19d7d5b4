package io.github.narthex.strategy;

import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import io.github.narthex.UnsupportedException;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs samples through a model, quantises it by what was seen, and finds the layers that must stay
 * in float32 for the answers to be good enough.
 */
final class StaticQuantization {
  /** Layers are ranked over so many samples: each layer costs a forward of each. */
  private static final int RANKED_OVER = 4;

  private final String engine;
  private final Rewrite.Observer observer;
  private final List<String> keep;
  private final double maxError;
  private final Samples samples;
  private final Consumer<String> notes;

  private StaticQuantization(
      String engine,
      Rewrite.Observer observer,
      List<String> keep,
      double maxError,
      Samples samples,
      Consumer<String> notes) {
    this.engine = engine;
    this.observer = observer;
    this.keep = keep;
    this.maxError = maxError;
    this.samples = samples;
    this.notes = notes;
  }

  /**
   * What a step asks for.
   *
   * @param notes is told which layers stay in float32, and why
   */
  static StaticQuantization of(Step step, Samples samples, Consumer<String> notes) {
    return new StaticQuantization(
        step.get("engine"),
        step.get("observer").equals("min-max")
            ? Rewrite.Observer.MIN_MAX
            : Rewrite.Observer.HISTOGRAM,
        step.layers("keep"),
        step.get("max-error").isEmpty() ? Double.POSITIVE_INFINITY : step.number("max-error"),
        samples,
        notes);
  }

  Rewrite.Result apply(Arena arena, Model model) {
    if (samples.count() == 0) {
      throw new IllegalArgumentException("there is no calibration data: no samples are given");
    }
    try (Arena observing = Arena.ofConfined()) {
      Model observed = model.rewrite(observing, new Rewrite.Observe(observer)).model();
      Answers answers = new Answers(observing, samples, Double.isFinite(maxError));
      for (int i = 0; i < samples.count(); i++) {
        answers.expect(observed, i);
      }
      Rewrite.Result all = quantize(arena, observed, keep);
      for (Rewrite.Change change : all.changes()) {
        if (!isQuantized(change)) {
          notes.accept("%s stays: %s".formatted(change.layer(), change.after()));
        }
      }
      return Double.isFinite(maxError) ? search(arena, observed, answers, all) : all;
    }
  }

  private static boolean isQuantized(Rewrite.Change change) {
    return change.bytesAfter() != change.bytesBefore();
  }

  private Rewrite.Result quantize(Arena arena, Model observed, List<String> kept) {
    return observed.rewrite(arena, new Rewrite.StaticInt8(engine, kept));
  }

  /** Keeps one layer more, the worst first, until the error is small enough. */
  private Rewrite.Result search(Arena arena, Model observed, Answers answers, Rewrite.Result all) {
    int count = samples.count();
    double error = answers.error(all.model(), count);
    if (error <= maxError) {
      notes.accept("no layer has to stay in float32: " + text(error, count));
      return all;
    }
    List<String> kept = new ArrayList<>(keep);
    for (String layer : worstFirst(observed, answers, all)) {
      kept.add(layer);
      try (Arena trial = Arena.ofConfined()) {
        Rewrite.Result candidate = quantize(trial, observed, kept);
        error = answers.error(candidate.model(), count);
        if (error <= maxError) {
          notes.accept(
              "%d of %d layers stay in float32: %s: %s"
                  .formatted(
                      kept.size() - keep.size(),
                      all.changes().stream().filter(StaticQuantization::isQuantized).count(),
                      String.join("/", kept),
                      text(error, count)));
          return new Rewrite.Result(candidate.model().keep(arena), candidate.changes());
        }
      }
    }
    throw new UnsupportedException(
        "static-int8 can't keep the error within %s: %s with all layers in float32"
            .formatted(Percent.of(maxError), text(error, count)));
  }

  private static String text(double error, int samples) {
    return "error %s over %d samples".formatted(Percent.of(error), samples);
  }

  /** By the error that comes of quantising that layer alone. */
  private List<String> worstFirst(Model observed, Answers answers, Rewrite.Result all) {
    List<String> layers =
        all.changes().stream()
            .filter(StaticQuantization::isQuantized)
            .map(Rewrite.Change::layer)
            .distinct()
            .toList();
    record Ranked(String layer, double error) {}
    List<Ranked> ranked = new ArrayList<>();
    int ranking = Math.min(RANKED_OVER, samples.count());
    for (String layer : layers) {
      List<String> others = new ArrayList<>(layers);
      others.remove(layer);
      others.addAll(keep);
      try (Arena trial = Arena.ofConfined()) {
        Model alone = quantize(trial, observed, others).model();
        ranked.add(new Ranked(layer, answers.error(alone, ranking)));
      }
    }
    return ranked.stream()
        .sorted(Comparator.comparingDouble(Ranked::error).reversed())
        .map(Ranked::layer)
        .toList();
  }
}
