package io.github.narthex.strategy;

import io.github.narthex.io.Samples;
import java.util.function.Consumer;

/**
 * What a recipe learns the ranges of inner values from.
 *
 * @param samples such as the model will be given; some dozens are enough, if they are typical. Each
 *     is read once, with {@code max-error} more often
 * @param notes is told, in a line each, what came of it that a user should know: which layers stay
 *     in float32, and why
 */
public record Calibration(Samples samples, Consumer<String> notes) {
  /** Calibration of which nothing is told. */
  public static Calibration of(Samples samples) {
    return new Calibration(samples, note -> {});
  }
}
