package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.narthex.gpu.FakeNvml;
import io.github.narthex.gpu.Gpus;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  private static final SystemProbe PROBE = SystemProbe.ofThisMachine();

  @Test
  void hasTheGpusThatNvmlHas() {
    Gpus gpus = FakeNvml.gpus(FakeNvml.file());
    Environment environment = PROBE.environment("2.15.0", gpus);
    assertEquals(gpus.driverVersion(), Optional.ofNullable(environment.gpuDriver()));
    assertEquals(gpus.cudaVersion(), Optional.ofNullable(environment.cuda()));
    Environment.Gpu first = environment.gpus().getFirst();
    assertEquals(gpus.gpus().getFirst().name(), Optional.of(first.name()));
    assertEquals(gpus.gpus().getFirst().memory().totalBytes().getAsLong(), first.memoryBytes());
    assertEquals(
        gpus.gpus().getFirst().computeCapability(), Optional.ofNullable(first.computeCapability()));
    assertEquals(PROBE.cpu(), environment.cpu());
  }

  @Test
  void hasNoneWhereNvmlIsNot() {
    Environment environment = PROBE.environment("2.15.0", FakeNvml.gpus(FakeNvml.mismatch()));
    assertEquals(List.of(), environment.gpus());
    assertNull(environment.gpuDriver());
  }
}
