package io.github.narthex.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Makes recipes whose answers are off into closer ones, layer by layer. */
final class Closer {
  /** Steps that leave layers in float32, the worst first, until an error holds. */
  private static final Pattern SEARCHES_LAYERS =
      Pattern.compile("((?:static|dynamic)-int8)(?!\\S*max-error)(:[^+]*)?");

  private Closer() {}

  /**
   * Recipes that are closer than one, the fastest first; none where nothing is known.
   *
   * @param maxError the largest error that holds
   */
  static List<String> than(String recipe, double maxError) {
    List<String> closer = new ArrayList<>();
    if (Double.isFinite(maxError) && SEARCHES_LAYERS.matcher(recipe).find()) {
      closer.add(SEARCHES_LAYERS.matcher(recipe).replaceFirst("$0:max-error=" + maxError));
    }
    return closer;
  }
}
