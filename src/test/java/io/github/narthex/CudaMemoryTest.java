package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What needs a GPU, and a native library that was built with CUDA's headers. */
@ExtendWith(LeakCheck.class)
class CudaMemoryTest {
  private static final Device GPU = Device.cuda(0);

  @TempDir Path directory;

  @BeforeEach
  void needsAGpu() {
    assumeTrue(Devices.count(Device.Type.CUDA) > 0, "there is no GPU that CUDA can use");
    Path library = Path.of(System.getProperty("narthex.library"));
    assumeTrue(
        Files.exists(library.resolveSibling("libnarthex_cuda.so")),
        "this native library was built without CUDA's headers");
  }

  @AfterEach
  void asItWas() {
    if (Devices.count(Device.Type.CUDA) > 0) {
      DeviceMemory.emptyCache(GPU);
    }
  }

  private static Tensor onGpu(Arena arena, long bytes) {
    return Tensors.zeros(arena, DType.UINT8, Shape.of(bytes)).to(GPU);
  }

  @Test
  void aFractionIsKept() {
    long total = Devices.properties(GPU).totalBytes();
    try (Arena arena = Arena.ofConfined()) {
      DeviceMemory.setFraction(GPU, (64L << 20) / (double) total);
      assertThrows(DeviceMemoryException.class, () -> onGpu(arena, 256L << 20));
    } finally {
      DeviceMemory.setFraction(GPU, 1);
    }
    assertEquals(1, DeviceMemory.fraction(GPU));
    try (Arena arena = Arena.ofConfined()) {
      onGpu(arena, 256L << 20);
    }
  }

  @Test
  void aSnapshotHasTheLinesOfTheModel() throws IOException {
    Path file = directory.resolve("memory.pickle");
    DeviceMemoryHistory.start(Device.Type.CUDA, 10_000);
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.script(arena, "def forward(self, x):\n  return (x + 1).exp()");
      model.forward(arena, Tensors.ones(arena, DType.FLOAT32, Shape.of(1 << 20)).to(GPU));
      DeviceMemoryHistory.save(Device.Type.CUDA, file);
    } finally {
      DeviceMemoryHistory.stop(Device.Type.CUDA);
    }
    String pickle = Files.readString(file, StandardCharsets.ISO_8859_1);
    for (String part : new String[] {"segments", "device_traces", "alloc", "forward"}) {
      assertTrue(pickle.contains(part), part);
    }
  }

  @Test
  void memoryThatRunsOutLeavesOneSnapshot() throws IOException {
    Path file = directory.resolve("full.pickle");
    long tooMuch = 2 * Devices.properties(GPU).totalBytes();
    try (Arena arena = Arena.ofConfined()) {
      Model copies =
          Model.script(arena, "def forward(self, x, n: int):\n  return x.expand([n]).clone()");
      Value byteOnGpu = Value.of(onGpu(arena, 1));
      Executable tooLarge = () -> copies.forward(arena, byteOnGpu, Value.of(tooMuch));
      DeviceMemoryHistory.saveWhenFull(Device.Type.CUDA, file);
      assertThrows(DeviceMemoryException.class, tooLarge);
      assertTrue(Files.size(file) > 0);
      Files.delete(file);
      assertThrows(DeviceMemoryException.class, tooLarge);
      assertFalse(Files.exists(file));
    } finally {
      DeviceMemoryHistory.doNotSaveWhenFull(Device.Type.CUDA);
    }
  }

  /** Numbers that TF32 can't hold tell whether it was used. */
  @Test
  void tf32IsForTheCallsThatAskForIt() {
    try (Arena arena = Arena.ofConfined()) {
      Model exact = Model.script(arena, "def forward(self, x):\n  return torch.mm(x, x)");
      Tensor x = Tensors.full(arena, DType.FLOAT32, Shape.of(256, 256), 1 + 1.0 / 4096).to(GPU);
      float before = exact.forward(arena, x).toFloatArray()[0];
      float tf32 =
          exact.withGpuSwitches(Set.of(GpuSwitch.TF32)).forward(arena, x).toFloatArray()[0];
      assertEquals(256 * Math.pow(1 + 1.0 / 4096, 2), before, 1e-3);
      assertEquals(256, tf32, 1e-3, "TF32 needs compute capability 8.0");
      assertEquals(before, exact.forward(arena, x).toFloatArray()[0]);
    }
  }
}
