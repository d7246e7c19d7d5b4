package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  @Test
  void parsesWhatItPrints() {
    assertEquals(Device.CPU, Device.parse("cpu"));
    assertEquals(new Device(Device.Type.CUDA, 0), Device.parse("cuda"));
    assertEquals(new Device(Device.Type.CUDA, 3), Device.parse("cuda:3"));
    assertEquals("cpu", Device.CPU.toString());
    assertEquals("cuda:3", new Device(Device.Type.CUDA, 3).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda:", "cuda:-1", "cuda:99999", "cpu:1"})
  void refusesOthers(String text) {
    assertThrows(IllegalArgumentException.class, () -> Device.parse(text));
  }
}
