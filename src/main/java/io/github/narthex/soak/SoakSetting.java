package io.github.narthex.soak;

import io.github.narthex.bench.Environment;
import java.util.List;

/**
 * What was soaked, and where.
 *
 * @param model as it was named
 * @param packageOptions how it was loaded, if it is a package and something was said of that
 * @param inputs their descriptions
 * @param recipe what it was run with; of a bundle, what its file holds
 * @param threads inside an operator
 */
public record SoakSetting(
    Environment environment,
    String model,
    List<String> packageOptions,
    List<String> inputs,
    String recipe,
    int threads) {
  /** The lists are copied. */
  public SoakSetting {
    packageOptions = List.copyOf(packageOptions);
    inputs = List.copyOf(inputs);
  }
}
