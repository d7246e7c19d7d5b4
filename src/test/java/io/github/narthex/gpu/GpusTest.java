package io.github.narthex.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.ForkedJvm;
import io.github.narthex.gpu.Gpus.Unavailable;
import io.github.narthex.gpu.Gpus.Unavailable.Cause;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpusTest {
  private static final GpuStatus.Memory MEMORY =
      new GpuStatus.Memory(
          OptionalLong.of(150_000_000_000L),
          OptionalLong.of(1_000_000_000),
          OptionalLong.of(149_000_000_000L));

  @Test
  void machine() {
    Gpus gpus = FakeNvml.gpus(FakeNvml.file());

    assertEquals(Optional.of("580.65.06"), gpus.driverVersion());
    assertEquals(Optional.of("13.1"), gpus.cudaVersion());
    assertEquals(2, gpus.gpus().size());
    assertEquals(List.of("GPU 2: GPU is lost (15)"), gpus.unreadable());
    assertEquals(Optional.empty(), gpus.unavailable());
  }

  @Test
  void gpuThatSaysEverything() {
    GpuStatus gpu = FakeNvml.gpus(FakeNvml.file()).gpus().getFirst();

    assertTrue(gpu.joules().orElse(0) >= 1000, gpu::toString);
    assertEquals(
        new GpuStatus(
            0,
            Optional.of("NVIDIA Fake H200"),
            Optional.of("GPU-11111111-aaaa-bbbb-cccc-000000000000"),
            Optional.of("00000000:B0:00.0"),
            Optional.of("9.0"),
            MEMORY,
            OptionalInt.of(97),
            OptionalInt.of(41),
            OptionalInt.of(54),
            OptionalDouble.of(350),
            gpu.joules(),
            new GpuStatus.Clock(OptionalInt.of(1750), OptionalInt.of(1985)),
            new GpuStatus.Clock(OptionalInt.of(3201), OptionalInt.of(3202)),
            Optional.of(
                List.of(
                    ClockLimit.POWER_CAP, ClockLimit.HARDWARE_THERMAL_SLOWDOWN, ClockLimit.OTHER)),
            Optional.of(true),
            OptionalLong.of(2),
            Optional.of(false)),
        gpu);
  }

  /** What it does not say is empty, whichever way it does not say it. */
  @Test
  void gpuThatSaysLittle() {
    GpuStatus gpu = FakeNvml.gpus(FakeNvml.file()).gpus().getLast();

    assertEquals(
        new GpuStatus(
            1,
            Optional.of("Tesla Fake K20"),
            Optional.of("GPU-22222222-aaaa-bbbb-cccc-000000000000"),
            Optional.of("00000000:0A:00.0"),
            Optional.of("3.5"),
            MEMORY,
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalDouble.of(60),
            OptionalDouble.empty(),
            new GpuStatus.Clock(OptionalInt.of(706), OptionalInt.of(759)),
            new GpuStatus.Clock(OptionalInt.of(2600), OptionalInt.of(2601)),
            Optional.of(List.of(ClockLimit.IDLE)),
            Optional.empty(),
            OptionalLong.empty(),
            Optional.empty()),
        gpu);
  }

  @Test
  void reasonsOfClocks() {
    assertEquals(List.of(), ClockLimit.ofBits(0));
    assertEquals(List.of(ClockLimit.DISPLAY_CLOCKS), ClockLimit.ofBits(0x100));
    assertEquals(List.of(ClockLimit.OTHER), ClockLimit.ofBits(0x200));
    assertEquals(ClockLimit.values().length, ClockLimit.ofBits(-1).size());
    assertEquals("power cap", ClockLimit.POWER_CAP.toString());
  }

  @Test
  void functionThatThisDriverLacks() {
    Nvml nvml = Nvml.open(FakeNvml.file().toString());

    assertNotEquals(Nvml.SUCCESS, nvml.call("nvmlOfTheFuture", 1));
    NvmlException e = assertThrows(NvmlException.class, () -> nvml.check("nvmlOfTheFuture", 1));
    assertEquals("Unknown Error (13)", e.getMessage());
  }

  private static void assertUnavailable(Cause cause, String reason, Gpus gpus) {
    assertEquals(Gpus.none(new Unavailable(cause, reason)), gpus);
    assertEquals(List.of(), gpus.gpus());
  }

  @Test
  void noLibrary() {
    assertUnavailable(
        Cause.NOT_FOUND,
        "/nowhere/libnvidia-ml.so.1 can't be opened; NVIDIA's driver brings it, and"
            + " -Dnarthex.nvml=FILE names another",
        FakeNvml.gpus(Path.of("/nowhere/libnvidia-ml.so.1")));
  }

  @Test
  void anotherLibrary() {
    assertUnavailable(
        Cause.FOREIGN,
        "libm.so.6 is no NVML: it has no nvmlInit_v2",
        FakeNvml.gpus(Path.of("libm.so.6")));
  }

  @Test
  void driverOfAnotherVersion() {
    Path library = FakeNvml.mismatch();

    assertUnavailable(
        Cause.FAILED,
        library + " can't be started: Driver/library version mismatch (18)",
        FakeNvml.gpus(library));
  }

  /** Says what the process's own library says. */
  static final class Main {
    private Main() {}

    /** Prints it. */
    public static void main(String[] arguments) {
      Gpus gpus = Gpus.read();
      System.out.println(gpus.unavailable().map(Unavailable::reason).orElse(""));
      System.out.println(gpus.gpus().stream().map(gpu -> gpu.name().orElse("")).toList());
      System.out.println(CudaDevices.read().gpus().size());
    }
  }

  @Test
  void libraryOfTheProcess(@TempDir Path folder) {
    assertEquals(
        "\n[NVIDIA Fake H200, Tesla Fake K20]\n1\n",
        new ForkedJvm(folder)
            .option("-Dnarthex.nvml=" + FakeNvml.file())
            .environment("CUDA_VISIBLE_DEVICES", "GPU-2")
            .run(Main.class)
            .assertExit(0)
            .output());
  }

  @Test
  void accessThatJavaRefuses(@TempDir Path folder) {
    ForkedJvm jvm = new ForkedJvm(folder).withoutNativeAccess();
    if (Runtime.version().feature() >= 24) {
      jvm.option("--illegal-native-access=deny");
    }
    String output = jvm.run(Main.class).assertExit(0).output();

    assertTrue(
        Runtime.version().feature() < 24
            || output.startsWith("Java refuses native access: start it with"),
        output);
  }
}
