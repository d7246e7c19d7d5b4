package io.github.narthex.bundle;

import io.github.narthex.Device;
import io.github.narthex.Version;
import io.github.narthex.gpu.CudaDevices;
import io.github.narthex.gpu.GpuStatus;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that the {@code narthex.yaml} of a bundle says.
 *
 * @param proven what it was proven on; null if that is not known
 */
public record BundleSpec(ModelEntry model, Configuration configuration, @Nullable Proven proven) {
  /** Says which keys the file has. */
  public static final String SCHEMA = "narthex.bundle/1";

  /**
   * Reads that of a bundle, without its model.
   *
   * @param bundle the directory
   * @throws io.github.narthex.ModelLoadException if it is no bundle
   * @throws ConfigurationException if its {@code narthex.yaml} can't be read or contradicts itself;
   *     says where
   */
  public static BundleSpec read(Path bundle) {
    return BundleDirectory.read(bundle).spec();
  }

  /**
   * The model file.
   *
   * @param file its name in the directory
   * @param sha256 of the file, in hexadecimal; empty before it is written
   * @param recipe what it holds
   * @param source what the recipe was applied to; null if that is not known
   */
  public record ModelEntry(String file, String sha256, Recipe recipe, @Nullable Source source) {
    /** The name of the file in bundles that are written here. */
    public static final String FILE = "model.pt";

    /** The same for AOTInductor packages. */
    static final String PACKAGE_FILE = "model.pt2";

    /** A model that is to be written. */
    public static ModelEntry of(Recipe recipe, @Nullable Source source) {
      return new ModelEntry(FILE, "", recipe, source);
    }

    ModelEntry asPackage() {
      return new ModelEntry(PACKAGE_FILE, sha256, recipe, source);
    }

    ModelEntry withSha256(String digest) {
      return new ModelEntry(file, digest, recipe, source);
    }
  }

  /**
   * What a recipe was applied to.
   *
   * @param name a file's name or path, or that of a built-in
   * @param sha256 of the file; null for a built-in
   */
  public record Source(String name, @Nullable String sha256) {
    /**
     * A file.
     *
     * @throws io.github.narthex.ModelLoadException if it can't be read
     */
    public static Source of(Path file) {
      return new Source(file.toString(), Sha256.of(file));
    }
  }

  /**
   * What it was proven on.
   *
   * @param cpu the processor's name
   * @param isa the instruction sets that matter to inference, as Linux names them
   * @param gpu the name of the GPU that the recipe names; null on the CPU, or if that is not known
   * @param time when, in ISO 8601 and UTC
   */
  public record Proven(
      String cpu,
      List<String> isa,
      @Nullable String gpu,
      String libtorch,
      String narthex,
      String time) {
    /** The list is copied. */
    public Proven {
      isa = List.copyOf(isa);
    }

    /**
     * How a processor differs from the one that it was proven on, for people; empty if it is the
     * same and has all of the instruction sets.
     */
    public Optional<String> cpuDifference(Machine here) {
      List<String> missing = isa.stream().filter(set -> !here.hasCpuFlag(set)).toList();
      String on = "was proven on %s, and this is %s".formatted(cpu, here.cpu());
      if (!missing.isEmpty()) {
        return Optional.of(
            on
                + ", which has no %s: it may be slower here, or answer differently; measure again"
                    .formatted(String.join(", ", missing)));
      }
      return cpu.equals(here.cpu())
          ? Optional.empty()
          : Optional.of(on + ": its figures are not those of this one");
    }

    /**
     * How a GPU differs from the one that it was proven on, for people; empty if it is of the same
     * name, or that is not known.
     *
     * @param here its name; null if it can't be told
     */
    public Optional<String> gpuDifference(@Nullable String here) {
      return gpu == null || gpu.equals(here)
          ? Optional.empty()
          : Optional.of(
              "was proven on %s, and %s: its figures are not those of this one"
                  .formatted(
                      gpu, here == null ? "which GPU this is can't be told" : "this is " + here));
    }

    /** The name of a GPU as this machine has it; null for another device, or if it is not known. */
    public static @Nullable String gpu(Device device) {
      return device.type() == Device.Type.CUDA
          ? CudaDevices.read().gpu(device).flatMap(GpuStatus::name).orElse(null)
          : null;
    }

    /**
     * How a libtorch differs from the one that it was proven with, for people; empty if it is the
     * same version, whatever the build is called.
     */
    public Optional<String> libtorchDifference(String here) {
      return release(libtorch).equals(release(here))
          ? Optional.empty()
          : Optional.of("was proven with libtorch %s, and this is %s".formatted(libtorch, here));
    }

    /** Without what names the build, as in 2.15.0+cpu. */
    private static String release(String version) {
      int plus = version.indexOf('+');
      return plus < 0 ? version : version.substring(0, plus);
    }

    /**
     * This machine, now, for a model on the CPU. Loads libtorch.
     *
     * @param isa the instruction sets that matter
     */
    public static Proven here(List<String> isa) {
      return new Proven(
          Machine.current().cpu(),
          isa,
          null,
          Version.libtorch(),
          Version.NARTHEX,
          Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }
  }

  BundleSpec with(ModelEntry other) {
    return new BundleSpec(other, configuration, proven);
  }
}
