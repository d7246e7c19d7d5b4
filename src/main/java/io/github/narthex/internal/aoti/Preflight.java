package io.github.narthex.internal.aoti;

import io.github.narthex.Device;
import io.github.narthex.ModelPackage;
import io.github.narthex.ModelPackage.Spec;
import io.github.narthex.UnsupportedException;
import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.internal.text.Versions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether a machine can run what was compiled. A processor that lacks an instruction ends the
 * process, so this comes before anything is loaded: what the machine has must be a superset of what
 * was compiled for.
 *
 * @param features of the processor, by the names of {@code /proc/cpuinfo}
 * @param machine as {@code uname -m} names it
 * @param libtorch its version
 */
public record Preflight(Set<String> features, String machine, String libtorch) {
  /** What Inductor's names of vectors stand for, where a package does not list features. */
  private static final Map<String, List<String>> VECTORS =
      Map.of(
          "avx2", List.of("avx2", "fma", "f16c"),
          "avx512", List.of("avx512f", "avx512dq", "avx512vl", "avx512bw", "fma"),
          "avx512_vnni", List.of("avx512_vnni"),
          "avx512_bf16", List.of("avx512_bf16"),
          "amx_tile", List.of("amx_tile", "amx_bf16", "amx_int8"),
          "amx_fp16", List.of("amx_fp16"));

  /** The machine that runs. */
  public static Preflight ofThisMachine(String libtorch) {
    String flags = SystemFiles.ofThisMachine().value("proc/cpuinfo", "flags\t\t").orElse("");
    String machine = System.getProperty("os.arch", "");
    return new Preflight(
        Set.copyOf(new TreeSet<>(Arrays.asList(flags.split("\\s+", -1)))),
        machine.equals("amd64") ? "x86_64" : machine,
        libtorch);
  }

  /**
   * Checks a package.
   *
   * @param what the file, for messages
   * @throws UnsupportedException if it was compiled for what this machine is not
   */
  public void check(String what, ModelPackage.Compiled model, Device device) {
    if (!model.device().isEmpty()
        && !model.device().equals(device.type().toString().toLowerCase(Locale.ROOT))) {
      throw new UnsupportedException(
          "%s was compiled for %s and can't run on %s: compile it for that device"
              .formatted(what, model.device(), device));
    }
    if (!model.platform().isEmpty() && !model.platform().equals("linux")) {
      throw new UnsupportedException(
          "%s was compiled for %s, and this is linux: compile it here"
              .formatted(what, model.platform()));
    }
    if (!model.machine().isEmpty() && !model.machine().equals(machine)) {
      throw new UnsupportedException(
          "%s was compiled for %s, and this is %s: compile it on such a machine"
              .formatted(what, model.machine(), machine));
    }
    Set<String> missing = new TreeSet<>(required(model));
    missing.removeAll(features);
    if (!features.isEmpty() && !missing.isEmpty()) {
      throw new UnsupportedException(
          "%s was compiled for processors with %s, which this one lacks: compile it on this machine, or"
                  .formatted(what, String.join(", ", missing))
              + " for all such machines with narthex export --isa x86-64-v3");
    }
    model.spec().ifPresent(spec -> checkVersion(what, spec));
  }

  private static List<String> required(ModelPackage.Compiled model) {
    List<String> listed = model.spec().map(Spec::cpuFeatures).orElse(List.of());
    return !listed.isEmpty()
        ? listed
        : Arrays.stream(model.isa().toLowerCase(Locale.ROOT).split("\\s+", -1))
            .flatMap(vector -> VECTORS.getOrDefault(vector, List.of()).stream())
            .toList();
  }

  /** Compiled code calls libtorch by an interface that newer versions keep. */
  private void checkVersion(String what, Spec spec) {
    if (!spec.torch().isEmpty() && Versions.compareMinor(spec.torch(), libtorch) > 0) {
      throw new UnsupportedException(
          "%s was compiled by torch %s, and libtorch %s runs: compile it with that version, or build"
                  .formatted(what, spec.torch(), libtorch)
              + " Narthex with a newer libtorch (LIBTORCH_HOME)");
    }
  }
}
