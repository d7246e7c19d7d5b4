package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is said of a device's memory. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class DeviceMemoryTest {
  private static final Device DEVICE = PretendDevice.DEVICE;
  private static final long MEGABYTES = 1 << 20;

  private static Tensor megabytes(Arena arena, int count) {
    return Tensors.zeros(arena, DType.UINT8, Shape.of(count * MEGABYTES)).to(DEVICE);
  }

  @Test
  void tensorsAreCountedWithTheirPeak() {
    DeviceMemory.emptyCache(DEVICE);
    DeviceMemory.resetPeaks(DEVICE);
    DeviceMemory before = DeviceMemory.of(DEVICE);
    try (Arena arena = Arena.ofConfined()) {
      megabytes(arena, 10);
      assertEquals(
          before.allocatedBytes() + 10 * MEGABYTES, DeviceMemory.of(DEVICE).allocatedBytes());
    }
    DeviceMemory after = DeviceMemory.of(DEVICE);
    assertEquals(before.allocatedBytes(), after.allocatedBytes());
    assertEquals(before.allocatedBytes() + 10 * MEGABYTES, after.peakAllocatedBytes());
    assertTrue(after.reservedBytes() >= before.reservedBytes() + 10 * MEGABYTES, after::summary);
    long free = Devices.properties(DEVICE).freeBytes();
    DeviceMemory.emptyCache(DEVICE);
    assertEquals(before.reservedBytes(), DeviceMemory.of(DEVICE).reservedBytes());
    assertTrue(Devices.properties(DEVICE).freeBytes() >= free + 10 * MEGABYTES);
    DeviceMemory.resetPeaks(DEVICE);
    assertEquals(after.allocatedBytes(), DeviceMemory.of(DEVICE).peakAllocatedBytes());
    DeviceMemory.resetTotals(DEVICE);
    assertEquals(0, DeviceMemory.of(DEVICE).statistics().get("allocated_bytes.all.freed"));
    assertTrue(after.summary().contains("allocated"), after::summary);
  }

  @Test
  void moreThanThereIsSaysHowMuchThereWas() {
    try (Arena arena = Arena.ofConfined()) {
      long ooms = DeviceMemory.of(DEVICE).outOfMemoryCount();
      DeviceMemoryException full =
          assertThrows(DeviceMemoryException.class, () -> megabytes(arena, 300));
      assertTrue(String.valueOf(full.getMessage()).contains("Tried to allocate"), full::toString);
      assertEquals(ooms + 1, DeviceMemory.of(DEVICE).outOfMemoryCount());
      megabytes(arena, 100); // and goes on
    }
  }

  @Test
  void theCpuHasNone() {
    assertThrows(IllegalArgumentException.class, () -> DeviceMemory.of(Device.CPU));
    assertThrows(IllegalArgumentException.class, () -> Devices.properties(Device.CPU));
  }

  /** Where the machine has no GPU, which CI has not. */
  @Test
  void aMissingGpuIsNamed() {
    int count = Devices.count(Device.Type.CUDA);
    Device none = Device.cuda(count);
    UnsupportedException missing =
        assertThrows(UnsupportedException.class, () -> DeviceMemory.of(none));
    assertTrue(
        String.valueOf(missing.getMessage()).startsWith("there is no device " + none),
        missing::toString);
  }
}
