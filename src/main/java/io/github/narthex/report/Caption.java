package io.github.narthex.report;

import io.github.narthex.bench.ModelInfo;
import java.util.List;

/** What lines above tables have in common. */
final class Caption {
  private Caption() {}

  /** What was measured: {@code resnet50 (builtin, 25.6 M parameters)}. */
  static String of(ModelInfo model) {
    return "%s (%s, %s parameters%s)"
        .formatted(
            model.name(),
            model.format(),
            Figures.count(model.parameters()),
            loaded(model.packageOptions()));
  }

  /** How a package was loaded, to stand behind what it is; nothing where nothing was said. */
  static String loaded(List<String> packageOptions) {
    return packageOptions.isEmpty() ? "" : "; " + String.join(", ", packageOptions);
  }

  /** The same, with what it was given. */
  static String of(ModelInfo model, List<String> inputs) {
    return "%s, %s %s"
        .formatted(of(model), inputs.size() == 1 ? "input" : "inputs", String.join(" ", inputs));
  }
}
