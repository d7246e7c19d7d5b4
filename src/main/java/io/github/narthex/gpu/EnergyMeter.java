package io.github.narthex.gpu;

import io.github.narthex.Device;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What energy a GPU takes between two moments, for all that runs on it, other processes' work too.
 * Where the GPU counts its energy (since Volta), the counter is read twice; else its power is read
 * every 100 ms, by a daemon thread, and added up over the time.
 *
 * <p>GPUs renew both at intervals of their own, some only once a second: what is shorter than some
 * seconds says little. Wait for the GPU before {@link #stop} ({@link
 * io.github.narthex.Devices#synchronize}); work that is enqueued is not done.
 *
 * <p>Threads may call it at the same time.
 */
public final class EnergyMeter implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(100);
  private static final double NANOS = 1e9;

  /** What a GPU says, as long as it does. */
  interface Readings {
    OptionalDouble joules();

    OptionalDouble watts();
  }

  /** How an energy came about. */
  public enum Source {
    /** The GPU's own counter. */
    COUNTER,
    /** Samples of its power. */
    SAMPLES,
    /** Neither can be read. */
    NONE
  }

  /**
   * The energy that a GPU took.
   *
   * @param joules empty if it is not known
   * @param seconds between start and stop
   * @param source how it was found out
   * @param unknown why it is not known; empty if it is
   */
  public record Energy(
      OptionalDouble joules, double seconds, Source source, Optional<String> unknown) {
    /** The mean power, in watts; empty if the energy is not known. */
    public OptionalDouble watts() {
      return joules.isPresent() && seconds > 0
          ? OptionalDouble.of(joules.getAsDouble() / seconds)
          : OptionalDouble.empty();
    }

    /**
     * The energy of one of so many, for example of an inference, in joules; empty if it is not
     * known.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1
     */
    public OptionalDouble joulesOfEach(long count) {
      if (count < 1) {
        throw new IllegalArgumentException("expected a count of 1 or more, got " + count);
      }
      return joules.isPresent()
          ? OptionalDouble.of(joules.getAsDouble() / count)
          : OptionalDouble.empty();
    }
  }

  /** What can't be asked. */
  private static final Readings NOTHING =
      new Readings() {
        @Override
        public OptionalDouble joules() {
          return OptionalDouble.empty();
        }

        @Override
        public OptionalDouble watts() {
          return OptionalDouble.empty();
        }
      };

  private final Readings gpu;
  private final String whyNothing;
  private final LongSupplier nanoTime;
  private final Source source;
  private final double startJoules;
  private final long start;
  private final PowerSamples samples = new PowerSamples();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private @Nullable Energy energy;

  private EnergyMeter(
      Readings gpu, String whyNothing, LongSupplier nanoTime, Duration samplingInterval) {
    this.gpu = gpu;
    this.whyNothing = whyNothing;
    this.nanoTime = nanoTime;
    start = nanoTime.getAsLong();
    OptionalDouble joules = gpu.joules();
    startJoules = joules.orElse(0);
    if (joules.isPresent()) {
      source = Source.COUNTER;
      return;
    }
    OptionalDouble watts = gpu.watts();
    source = watts.isPresent() ? Source.SAMPLES : Source.NONE;
    if (watts.isPresent()) {
      samples.add(start, watts);
      Thread.ofPlatform()
          .daemon()
          .name("narthex-energy")
          .start(() -> sampleEvery(samplingInterval));
    }
  }

  /**
   * Begins to measure a GPU that NVML knows. One that says nothing of its energy can be measured
   * too: the result says why there is none.
   */
  public static EnergyMeter start(GpuStatus gpu) {
    return start(Nvml.ofThisProcess(), gpu.index());
  }

  /**
   * Begins to measure the GPU of a device of CUDA's. Where NVML knows none, or it can't be told
   * which ({@link CudaDevices}), the result says so.
   */
  public static EnergyMeter start(Device device) {
    CudaDevices devices = CudaDevices.read();
    return devices
        .gpu(device)
        .map(EnergyMeter::start)
        .orElseGet(() -> nothing(devices.unknown().orElse("NVML knows no GPU that is " + device)));
  }

  static EnergyMeter start(Nvml nvml, int index) {
    if (nvml.unavailable().isPresent()) {
      return nothing(nvml.unavailable().get().reason());
    }
    try {
      return start(NvmlGpu.open(nvml, index), System::nanoTime, INTERVAL);
    } catch (NvmlException e) {
      return nothing("GPU %d: %s".formatted(index, e.text()));
    }
  }

  static EnergyMeter start(Readings gpu, LongSupplier nanoTime, Duration samplingInterval) {
    return new EnergyMeter(
        gpu, "the GPU tells neither its energy nor its power", nanoTime, samplingInterval);
  }

  private static EnergyMeter nothing(String reason) {
    return new EnergyMeter(NOTHING, reason, System::nanoTime, INTERVAL);
  }

  private void sampleEvery(Duration interval) {
    try {
      while (!stopped.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
        samples.add(nanoTime.getAsLong(), gpu.watts());
      }
    } catch (InterruptedException e) {
      samples.add(nanoTime.getAsLong(), OptionalDouble.empty());
    }
  }

  /** The energy since the start. The first call ends the measurement; later ones say the same. */
  public synchronized Energy stop() {
    if (energy == null) {
      OptionalDouble joules =
          switch (source) {
            case COUNTER -> counted(gpu.joules());
            case SAMPLES -> samples.finish(nanoTime.getAsLong(), gpu.watts());
            case NONE -> OptionalDouble.empty();
          };
      double seconds = (nanoTime.getAsLong() - start) / NANOS;
      stopped.countDown();
      Optional<String> unknown =
          joules.isPresent()
              ? Optional.empty()
              : Optional.of(
                  source == Source.NONE ? whyNothing : "the GPU did not answer until the end");
      energy = new Energy(joules, seconds, source, unknown);
    }
    return energy;
  }

  /** The driver's end would set the counter back. */
  private OptionalDouble counted(OptionalDouble joules) {
    return joules.isPresent() && joules.getAsDouble() >= startJoules
        ? OptionalDouble.of(joules.getAsDouble() - startJoules)
        : OptionalDouble.empty();
  }

  /** Ends the measurement, if that has not been done. */
  @Override
  public void close() {
    stop();
  }
}
