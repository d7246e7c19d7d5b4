package io.github.narthex.strategy;

import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Consumer;

/** Runs samples through a model and quantises it by what was seen. */
final class StaticQuantization {
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
        step.maxError(),
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
      LayerSearch.Quantizer quantizer =
          (made, kept) -> observed.rewrite(made, new Rewrite.StaticInt8(engine, kept));
      Rewrite.Result all = quantizer.quantize(arena, keep);
      for (Rewrite.Change change : all.changes()) {
        if (!LayerSearch.isQuantized(change)) {
          notes.accept("%s stays: %s".formatted(change.layer(), change.after()));
        }
      }
      return Double.isFinite(maxError)
          ? new LayerSearch(quantizer, answers, maxError, notes).run(arena, all, keep)
          : all;
    }
  }
}
