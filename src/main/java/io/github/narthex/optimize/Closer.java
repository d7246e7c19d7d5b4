package io.github.narthex.optimize;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Pattern;

/** Makes recipes whose answers are off into closer ones, layer by layer. */
final class Closer {
  /** Steps that leave layers in float32, the worst first, until an error holds. */
  private static final Pattern SEARCHES_LAYERS =
      Pattern.compile("((?:static|dynamic)-int8|(?:bf|fp)16-mixed)(?!\\S*max-error)(:[^+]*)?");

  /** Of a whole model, no layer can be left. */
  private static final Pattern WHOLE = Pattern.compile("(?<![\\w-])((?:bf|fp)16)(?![\\w-])");

  /** What holds over the samples that layers are chosen by is a little worse over all of them. */
  private static final BigDecimal MARGIN = new BigDecimal("0.8");

  private Closer() {}

  /**
   * A recipe that is closer than one; empty where none is known.
   *
   * @param maxError the largest error that holds
   */
  static Optional<String> than(String recipe, double maxError) {
    if (!Double.isFinite(maxError) || maxError <= 0 || maxError >= 1) {
      return Optional.empty();
    }
    String mixed = WHOLE.matcher(recipe).replaceFirst("$1-mixed");
    return SEARCHES_LAYERS.matcher(mixed).find()
        ? Optional.of(SEARCHES_LAYERS.matcher(mixed).replaceFirst("$0:max-error=" + aim(maxError)))
        : Optional.empty();
  }

  private static String aim(double maxError) {
    return BigDecimal.valueOf(maxError).multiply(MARGIN).stripTrailingZeros().toPlainString();
  }
}
