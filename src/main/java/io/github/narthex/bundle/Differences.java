package io.github.narthex.bundle;

import io.github.narthex.ModelLoadException;
import io.github.narthex.NarthexException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Reaction;
import io.github.narthex.strategy.Machine;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tells where a bundle is opened on something else than it was proven on. */
final class Differences {
  private static final System.Logger LOGGER = System.getLogger(Bundle.class.getName());

  private final BundleDirectory bundle;
  private final Policy policy;

  Differences(BundleDirectory bundle) {
    this.bundle = bundle;
    this.policy = bundle.spec().configuration().policy();
  }

  /**
   * Compares the model file with its digest.
   *
   * @throws ModelLoadException if it is another one, and the policy refuses that
   */
  void checkModel() {
    if (policy.model() == Reaction.IGNORE) {
      return; // it may be gigabytes to read
    }
    String proven = bundle.spec().model().sha256();
    String here = Sha256.of(bundle.modelFile());
    if (!proven.equals(here)) {
      react(
          "model",
          policy.model(),
          "%s is not the file that the bundle was proven with: its SHA-256 is %s, expected %s"
              .formatted(bundle.modelFile(), here, proven),
          ModelLoadException::new);
    }
  }

  /**
   * Compares the processor.
   *
   * @throws UnsupportedException if it is another one, and the policy refuses that
   */
  void checkCpu(Machine here) {
    Proven proven = bundle.spec().proven();
    if (proven == null || policy.cpu() == Reaction.IGNORE) {
      return;
    }
    String difference = cpu(proven, here);
    if (difference != null) {
      react("cpu", policy.cpu(), difference, UnsupportedException::new);
    }
  }

  private @Nullable String cpu(Proven proven, Machine here) {
    List<String> missing =
        proven.isa().stream().filter(set -> !here.cpuFlags().contains(set)).toList();
    String on =
        "%s was proven on %s, and this is %s"
            .formatted(bundle.directory(), proven.cpu(), here.cpu());
    if (!missing.isEmpty()) {
      return on
          + ", which has no %s: it may be slower here, or answer differently; measure again"
              .formatted(String.join(", ", missing));
    }
    return proven.cpu().equals(here.cpu()) ? null : on + ": its figures are not those of this one";
  }

  /**
   * Compares libtorch.
   *
   * @throws UnsupportedException if it is another one, and the policy refuses that
   */
  void checkLibtorch(String here) {
    Proven proven = bundle.spec().proven();
    if (proven != null && !release(proven.libtorch()).equals(release(here))) {
      react(
          "libtorch",
          policy.libtorch(),
          "%s was proven with libtorch %s, and this is %s"
              .formatted(bundle.directory(), proven.libtorch(), here),
          UnsupportedException::new);
    }
  }

  /** Without what names the build, as in 2.15.0+cpu. */
  private static String release(String version) {
    int plus = version.indexOf('+');
    return plus < 0 ? version : version.substring(0, plus);
  }

  private void react(
      String key,
      Reaction reaction,
      String difference,
      Function<String, NarthexException> refusal) {
    switch (reaction) {
      case IGNORE -> {}
      case WARN -> LOGGER.log(System.Logger.Level.WARNING, difference);
      case REFUSE ->
          throw refusal.apply(
              "%s (policy.%s in %s is refuse)"
                  .formatted(difference, key, bundle.directory().resolve(BundleDirectory.YAML)));
    }
  }
}
