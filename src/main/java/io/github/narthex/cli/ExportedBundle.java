package io.github.narthex.cli;

import io.github.narthex.bundle.BundleSpec;
import io.github.narthex.bundle.BundleWriter;
import io.github.narthex.bundle.Configuration;
import io.github.narthex.export.ExportTask;
import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bundle that {@code narthex export --bundle} makes of what it has compiled. */
final class ExportedBundle {
  private ExportedBundle() {}

  /**
   * Looks whether one can be made, before anything is compiled.
   *
   * @throws UsageException if it is not for a package of one model that runs here
   * @throws java.io.UncheckedIOException if it can't be written
   */
  static void check(Path bundle, ExportTask task) {
    if (task.add()) {
      throw new UsageException(
          "only one of --bundle and --add can be given: a bundle has one model");
    }
    if (!task.device().equals("cpu")) {
      throw new UsageException("--bundle is for the CPU, and --device is " + task.device());
    }
    BundleWriter.check(bundle);
  }

  /** Writes it; the package is copied. */
  static void write(Path bundle, ExportTask task) {
    List<InputSpec> inputs = task.inputs().stream().map(InputSpec::parse).toList();
    boolean areMadeUp = inputs.stream().allMatch(InputSpec.Generated.class::isInstance);
    Integer threads = task.threads() == 0 ? null : (Integer) task.threads();
    Configuration configuration =
        new Configuration(
            areMadeUp ? inputs : List.of(), // the package says them too
            new Configuration.Run(threads, threads == null ? null : (Integer) 1, null, null, null),
            null,
            Configuration.Limits.NONE,
            new Configuration.Accuracy(finite(task.maxError()), null),
            null,
            Configuration.Policy.STANDARD);
    BundleSpec spec =
        new BundleSpec(
            BundleSpec.ModelEntry.of(Recipe.EAGER, source(task.source())),
            configuration,
            BundleSpec.Proven.here(Machine.current().instructionSets()));
    BundleWriter.write(bundle, spec, task.output(), Map.of());
  }

  private static @Nullable Double finite(double error) {
    return Double.isFinite(error) ? (Double) error : null;
  }

  private static BundleSpec.Source source(String text) {
    return !ModelArgument.isBuiltin(text) && Files.isRegularFile(Path.of(text))
        ? BundleSpec.Source.of(Path.of(text).toAbsolutePath())
        : new BundleSpec.Source(text, null);
  }
}
