package io.github.narthex.gpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The libraries of {@code native/test/nvml}, and GPUs made up of nothing. */
public final class FakeNvml {
  private static final Path BUILT =
      Path.of(System.getProperty("narthex.library", "")).resolveSibling("libnarthex_fake_nvml.so");

  private FakeNvml() {}

  private static Path built(Path file) {
    assumeTrue(Files.exists(file), () -> file + " is not built");
    return file;
  }

  /** Has a new GPU, an old one, and one that is lost. */
  public static Path file() {
    return built(BUILT);
  }

  /** Can't be started. */
  public static Path mismatch() {
    return built(BUILT.resolveSibling("libnarthex_fake_nvml_mismatch.so"));
  }

  /** What a library says. */
  public static Gpus gpus(Path library) {
    return Gpus.read(Nvml.open(library.toString()));
  }

  static Gpus gpus(GpuStatus... gpus) {
    return new Gpus(Optional.empty(), Optional.empty(), List.of(gpus), List.of(), Optional.empty());
  }

  /** One that says nothing more. */
  static GpuStatus gpu(int index, String name, String uuid, String pciBusId, boolean mig) {
    return new GpuStatus(
        index,
        Optional.of(name),
        Optional.of(uuid).filter(text -> !text.isEmpty()),
        Optional.of(pciBusId).filter(text -> !text.isEmpty()),
        Optional.empty(),
        new GpuStatus.Memory(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        new GpuStatus.Clock(OptionalInt.empty(), OptionalInt.empty()),
        new GpuStatus.Clock(OptionalInt.empty(), OptionalInt.empty()),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Optional.of(mig));
  }
}
