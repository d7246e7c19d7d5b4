package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said where memory can be neither limited nor pictured. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class DeviceMemoryHistoryTest {
  @TempDir Path directory;

  private static void unsupported(String message, Executable call) {
    UnsupportedException e = assertThrows(UnsupportedException.class, call);
    assertEquals(message, e.getMessage());
  }

  /** PyTorch has it for CUDA's allocator alone. */
  @Test
  void otherKindsOfDevicesHaveNone() {
    Device.Type type = PretendDevice.DEVICE.type();
    Path file = directory.resolve("memory.pickle");
    String message =
        "limits and histories of memory are for CUDA's devices, not for " + PretendDevice.DEVICE;
    unsupported(message, () -> DeviceMemory.setFraction(PretendDevice.DEVICE, 0.5));
    unsupported(message, () -> DeviceMemory.fraction(PretendDevice.DEVICE));
    unsupported(message, () -> DeviceMemoryHistory.start(type, 100));
    unsupported(message, () -> DeviceMemoryHistory.stop(type));
    unsupported(message, () -> DeviceMemoryHistory.save(type, file));
    unsupported(message, () -> DeviceMemoryHistory.saveWhenFull(type, file));
    unsupported(message, () -> DeviceMemoryHistory.doNotSaveWhenFull(type));
    assertFalse(Files.exists(file));
  }

  @Test
  void theCpuHasNone() {
    assertThrows(IllegalArgumentException.class, () -> DeviceMemory.fraction(Device.CPU));
    assertThrows(
        IllegalArgumentException.class, () -> DeviceMemoryHistory.start(Device.Type.CPU, 100));
  }

  /** Also where there is a GPU: indexes end somewhere. */
  @Test
  void aMissingGpuIsNamed() {
    Device none = Device.cuda(Devices.count(Device.Type.CUDA));
    UnsupportedException e =
        assertThrows(UnsupportedException.class, () -> DeviceMemory.setFraction(none, 0.5));
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("there is no device " + none), e::toString);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.5, 1.5, Double.NaN, Double.POSITIVE_INFINITY})
  void aFractionIsOne(double fraction) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> DeviceMemory.setFraction(PretendDevice.DEVICE, fraction));
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("expected a fraction above 0 and at most 1, got"),
        e::toString);
  }

  @Test
  void aHistoryHasEntries() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> DeviceMemoryHistory.start(PretendDevice.DEVICE.type(), 0));
    assertEquals("expected 1 entry or more, got 0", e.getMessage());
  }
}
