package io.github.narthex.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({"1GB,1000000000,1GB", "1.5 GiB,1610612736,1536MiB", "512KB,512000,500KiB", "7B,7,7B"})
  void memory(String text, long bytes, String canonical) {
    assertEquals(bytes, Quantity.bytes(text));
    assertEquals(canonical, Quantity.bytesText(bytes));
    assertEquals(bytes, Quantity.bytes(canonical));
  }

  @ParameterizedTest
  @CsvSource({"90s,90000,90s", "5m,300000,5m", "1.5h,5400000,90m", "250ms,250,250ms"})
  void times(String text, long milliseconds, String canonical) {
    Duration time = Duration.ofMillis(milliseconds);
    assertEquals(time, Quantity.time(text));
    assertEquals(canonical, Quantity.timeText(time));
  }

  @ParameterizedTest
  @CsvSource({"1%,0.01,1%", "99.9%,0.999,99.9%", "0.02,0.02,2%", "0,0,0%", "1,1,100%"})
  void fractions(String text, double value, String canonical) {
    assertEquals(value, Quantity.fraction(text));
    assertEquals(canonical, Quantity.fractionText(value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1%", "NaN", "1e-2", "101%", "1.", "%", "0x1"})
  void noFractions(String text) {
    assertThrows(IllegalArgumentException.class, () -> Quantity.fraction(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0GB", "1", "1gb", "999999999999GB", "GB", "-1GB", "1 G B"})
  void noMemory(String text) {
    assertThrows(IllegalArgumentException.class, () -> Quantity.bytes(text));
  }

  @Test
  void noTimes() {
    assertThrows(IllegalArgumentException.class, () -> Quantity.time("0s"));
    assertThrows(IllegalArgumentException.class, () -> Quantity.time("999999999999999999h"));
    assertThrows(IllegalArgumentException.class, () -> Quantity.time("1d"));
  }

  @Test
  void numbersAreWrittenPlainly() {
    assertEquals("2.5", Quantity.plain(2.5));
    assertEquals("20", Quantity.plain(20.0));
    assertEquals("0", Quantity.plain(0));
    assertEquals("0.0001", Quantity.plain(1e-4));
  }
}
