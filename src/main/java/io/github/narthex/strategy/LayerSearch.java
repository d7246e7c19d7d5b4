package io.github.narthex.strategy;

import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import io.github.narthex.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** Finds the layers that must stay in float32 for the answers of a model to be good enough. */
final class LayerSearch {
  /** Layers are ranked over so many samples: each layer costs a forward of each. */
  private static final int RANKED_OVER = 4;

  /** Quantises a model, but for some layers. */
  interface Quantizer {
    Rewrite.Result quantize(Arena arena, List<String> kept);
  }

  private final Quantizer quantizer;
  private final Answers answers;
  private final double maxError;
  private final Consumer<String> notes;

  /**
   * A search.
   *
   * @param answers what is right
   * @param maxError what an answer may be off, as a fraction of the largest number in it
   * @param notes is told which layers stay
   */
  LayerSearch(Quantizer quantizer, Answers answers, double maxError, Consumer<String> notes) {
    this.quantizer = quantizer;
    this.answers = answers;
    this.maxError = maxError;
    this.notes = notes;
  }

  static boolean isQuantized(Rewrite.Change change) {
    return change.bytesAfter() != change.bytesBefore();
  }

  /**
   * Keeps one layer more, the worst first, until the error is small enough.
   *
   * @param all with no more layers kept than those of {@code keep}
   * @throws UnsupportedException if no choice of layers holds it
   */
  Rewrite.Result run(Arena arena, Rewrite.Result all, List<String> keep) {
    double error = answers.error(all.model(), answers.count());
    if (error <= maxError) {
      notes.accept("no layer has to stay in float32: " + text(error));
      return all;
    }
    List<String> layers =
        all.changes().stream()
            .filter(LayerSearch::isQuantized)
            .map(Rewrite.Change::layer)
            .distinct()
            .toList();
    List<String> ranked = worstFirst(layers, keep);
    List<String> kept = new ArrayList<>(keep);
    for (String layer : ranked.subList(0, ranked.size() - 1)) {
      kept.add(layer);
      try (Arena trial = Arena.ofConfined()) {
        Rewrite.Result candidate = quantizer.quantize(trial, kept);
        error = answers.error(candidate.model(), answers.count());
        if (error <= maxError) {
          notes.accept(
              "%d of %d layers stay in float32: %s: %s"
                  .formatted(
                      kept.size() - keep.size(),
                      layers.size(),
                      String.join("/", kept),
                      text(error)));
          return new Rewrite.Result(candidate.model().keep(arena), candidate.changes());
        }
      }
    }
    throw new UnsupportedException(
        "no choice of layers keeps the error within %s: %s with one layer quantised"
            .formatted(Percent.of(maxError), text(error)));
  }

  private String text(double error) {
    return "error %s over %d samples".formatted(Percent.of(error), answers.count());
  }

  /** By the error that comes of quantising that layer alone. */
  private List<String> worstFirst(List<String> layers, List<String> keep) {
    record Ranked(String layer, double error) {}
    List<Ranked> ranked = new ArrayList<>();
    int samples = Math.min(RANKED_OVER, answers.count());
    for (String layer : layers) {
      List<String> others = new ArrayList<>(layers);
      others.remove(layer);
      others.addAll(keep);
      try (Arena trial = Arena.ofConfined()) {
        Model alone = quantizer.quantize(trial, others).model();
        ranked.add(new Ranked(layer, answers.error(alone, samples)));
      }
    }
    return ranked.stream()
        .sorted(Comparator.comparingDouble(Ranked::error).reversed())
        .map(Ranked::layer)
        .toList();
  }
}
