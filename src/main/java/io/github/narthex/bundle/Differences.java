package io.github.narthex.bundle;

import io.github.narthex.ModelLoadException;
import io.github.narthex.NarthexException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Reaction;
import io.github.narthex.strategy.Machine;
import java.util.Optional;
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
    bundle
        .modelDifference()
        .ifPresent(
            difference -> react("model", policy.model(), difference, ModelLoadException::new));
  }

  /**
   * Compares the processor.
   *
   * @throws UnsupportedException if it is another one, and the policy refuses that
   */
  void checkCpu(Machine here) {
    if (policy.cpu() != Reaction.IGNORE) {
      check("cpu", policy.cpu(), proven -> proven.cpuDifference(here));
    }
  }

  /**
   * Compares the GPU.
   *
   * @param here its name; null if it can't be told
   * @throws UnsupportedException if it is another one, and the policy refuses that
   */
  void checkGpu(@Nullable String here) {
    check("gpu", policy.gpu(), proven -> proven.gpuDifference(here));
  }

  /**
   * Compares libtorch.
   *
   * @throws UnsupportedException if it is another one, and the policy refuses that
   */
  void checkLibtorch(String here) {
    check("libtorch", policy.libtorch(), proven -> proven.libtorchDifference(here));
  }

  private void check(String key, Reaction reaction, Function<Proven, Optional<String>> difference) {
    Optional.ofNullable(bundle.spec().proven())
        .flatMap(difference)
        .ifPresent(
            found ->
                react(key, reaction, bundle.directory() + " " + found, UnsupportedException::new));
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
