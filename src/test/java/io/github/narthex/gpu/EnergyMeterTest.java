package io.github.narthex.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Device;
import io.github.narthex.gpu.EnergyMeter.Energy;
import io.github.narthex.gpu.EnergyMeter.Source;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EnergyMeterTest {
  private static final Duration NEVER = Duration.ofDays(1);
  private static final OptionalDouble NONE = OptionalDouble.empty();

  /** Says in turn what it is given. */
  private record Scripted(Queue<OptionalDouble> energies, Queue<OptionalDouble> powers)
      implements EnergyMeter.Readings {
    Scripted(List<OptionalDouble> energies, List<OptionalDouble> powers) {
      this(new ArrayDeque<>(energies), new ArrayDeque<>(powers));
    }

    @Override
    public OptionalDouble joules() {
      return energies.remove();
    }

    @Override
    public OptionalDouble watts() {
      return powers.remove();
    }
  }

  /** Each look at the clock finds it two seconds later. */
  private static EnergyMeter start(EnergyMeter.Readings gpu) {
    AtomicLong now = new AtomicLong(-5_000_000_000L);
    return EnergyMeter.start(gpu, () -> now.getAndAdd(2_000_000_000), NEVER);
  }

  @Test
  void byTheCounter() {
    EnergyMeter meter =
        start(new Scripted(List.of(OptionalDouble.of(100), OptionalDouble.of(160)), List.of()));
    Energy energy = meter.stop();

    assertEquals(new Energy(OptionalDouble.of(60), 2, Source.COUNTER, Optional.empty()), energy);
    assertEquals(OptionalDouble.of(30), energy.watts());
    assertEquals(OptionalDouble.of(15), energy.joulesOfEach(4));
    assertThrows(IllegalArgumentException.class, () -> energy.joulesOfEach(0));
    assertSame(energy, meter.stop());
  }

  @Test
  void counterThatEnds() {
    for (OptionalDouble end : List.of(NONE, OptionalDouble.of(99))) {
      Energy energy = start(new Scripted(List.of(OptionalDouble.of(100), end), List.of())).stop();

      assertEquals(
          new Energy(NONE, 2, Source.COUNTER, Optional.of("the GPU did not answer until the end")),
          energy);
      assertEquals(NONE, energy.watts());
      assertEquals(NONE, energy.joulesOfEach(1));
    }
  }

  @Test
  void bySamples() {
    Energy energy =
        start(new Scripted(List.of(NONE), List.of(OptionalDouble.of(100), OptionalDouble.of(200))))
            .stop();

    // The last sample is two seconds after the first; the end another two.
    assertEquals(new Energy(OptionalDouble.of(300), 4, Source.SAMPLES, Optional.empty()), energy);
  }

  @Test
  void powerThatEnds() {
    Energy energy =
        start(new Scripted(List.of(NONE), List.of(OptionalDouble.of(100), NONE))).stop();

    assertEquals(NONE, energy.joules());
    assertEquals(Optional.of("the GPU did not answer until the end"), energy.unknown());
  }

  @Test
  void neither() {
    Energy energy = start(new Scripted(List.of(NONE), List.of(NONE))).stop();

    assertEquals(Source.NONE, energy.source());
    assertEquals(Optional.of("the GPU tells neither its energy nor its power"), energy.unknown());
  }

  @Test
  void samplesAreAddedUp() {
    PowerSamples samples = new PowerSamples();
    samples.add(0, OptionalDouble.of(100));
    samples.add(500_000_000, OptionalDouble.of(300));
    OptionalDouble last = OptionalDouble.of(300);
    assertEquals(OptionalDouble.of(100 + 600), samples.finish(2_500_000_000L, last));
    samples.add(8_500_000_000L, last);
    assertEquals(OptionalDouble.of(700), samples.finish(9_500_000_000L, last));

    PowerSamples gap = new PowerSamples();
    gap.add(0, OptionalDouble.of(100));
    gap.add(1, NONE);
    assertEquals(NONE, gap.finish(2, OptionalDouble.of(100)));
  }

  @Test
  void thread() throws InterruptedException {
    CountDownLatch samples = new CountDownLatch(5);
    EnergyMeter.Readings steady =
        new EnergyMeter.Readings() {
          @Override
          public OptionalDouble joules() {
            return NONE;
          }

          @Override
          public OptionalDouble watts() {
            samples.countDown();
            return OptionalDouble.of(50);
          }
        };
    AtomicLong now = new AtomicLong();
    try (EnergyMeter meter =
        EnergyMeter.start(steady, () -> now.getAndAdd(1_000_000_000), Duration.ofMillis(1))) {
      assertTrue(samples.await(1, TimeUnit.MINUTES));
      Energy energy = meter.stop();

      assertEquals(Source.SAMPLES, energy.source());
      assertTrue(energy.joules().orElse(0) >= 150, energy::toString);
    }
  }

  @Test
  void ofNvml() {
    Nvml nvml = Nvml.open(FakeNvml.file().toString());

    Energy counted = EnergyMeter.start(nvml, 0).stop();
    assertEquals(Source.COUNTER, counted.source());
    assertEquals(5, counted.joules().orElse(0), 1e-6);

    Energy sampled = EnergyMeter.start(nvml, 1).stop();
    assertEquals(Source.SAMPLES, sampled.source());
    assertTrue(sampled.joules().orElse(-1) >= 0, sampled::toString);

    assertEquals(
        Optional.of("GPU 2: GPU is lost (15)"), EnergyMeter.start(nvml, 2).stop().unknown());
  }

  @Test
  void ofNothing() {
    Nvml none = Nvml.open("/nowhere/libnvidia-ml.so.1");
    String reason = EnergyMeter.start(none, 0).stop().unknown().orElse("");
    assertTrue(reason.startsWith("/nowhere/libnvidia-ml.so.1 can't be opened"), reason);

    Energy ofTheCpu = EnergyMeter.start(Device.CPU).stop();
    assertEquals(Source.NONE, ofTheCpu.source());
    assertTrue(ofTheCpu.unknown().isPresent());
  }
}
