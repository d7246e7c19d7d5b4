package io.github.narthex.profile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.Device;
import io.github.narthex.bench.Latency;
import io.github.narthex.gpu.EnergyMeter;
import io.github.narthex.profile.DevicePart;
import io.github.narthex.strategy.Recipe;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class DeviceAdviceTest {
  private long enqueue = 10;
  private long in = 5;
  private long compute = 80;
  private long out = 5;
  private long pageableIn = 8;
  private long bytes = 1 << 20;
  private boolean isRecorded;

  private static Latency micros(long micros) {
    return Latency.of(new long[] {1_000 * micros});
  }

  private DeviceSplit split(EnergyMeter.Energy energy) {
    return new DeviceSplit(
        Device.cuda(0),
        4,
        isRecorded,
        Map.of(
            DevicePart.ENQUEUE,
            micros(enqueue),
            DevicePart.COPY_IN,
            micros(in),
            DevicePart.COMPUTE,
            micros(compute),
            DevicePart.COPY_OUT,
            micros(out),
            DevicePart.WHOLE,
            micros(100)),
        bytes,
        bytes,
        micros(pageableIn),
        micros(out),
        energy,
        Optional.empty());
  }

  private static EnergyMeter.Energy energy(double joules, double seconds) {
    return new EnergyMeter.Energy(
        OptionalDouble.of(joules), seconds, EnergyMeter.Source.COUNTER, Optional.empty());
  }

  /** Calls of which most is enqueuing. */
  static DeviceSplit keptWaiting() {
    DeviceAdviceTest made = new DeviceAdviceTest();
    made.enqueue = 71;
    return made.split(energy(8, 2));
  }

  private List<String> advice(String recipe, DeviceUse use) {
    return DeviceAdvice.of(split(energy(8, 2)), Recipe.parse(recipe), Optional.of(use));
  }

  private List<String> advice(String recipe) {
    return advice(recipe, new DeviceUse(0.9, 0.8));
  }

  @Test
  void nothingIsSaidOfWhatIsWell() {
    assertEquals(List.of(), advice("gpu"));
  }

  @Test
  void hostsThatKeepTheDeviceWaiting() {
    enqueue = 71;
    assertEquals(
        List.of(
            "enqueuing is 71 % of a call on cuda:0: record the runs (cudagraphs), or larger"
                + " batches"),
        advice("gpu"));
    assertEquals(
        List.of(
            "enqueuing is 71 % of a call on cuda:0: the run could not be recorded, so fewer and"
                + " larger operators in the model, or larger batches"),
        advice("gpu+cudagraphs"));
    isRecorded = true;
    assertEquals(
        List.of(
            "enqueuing is 71 % of a call on cuda:0: the run is recorded already, so larger batches"
                + " are what shares it out"),
        advice("gpu+cudagraphs"));
  }

  @Test
  void copies() {
    in = 30;
    pageableIn = 35;
    assertEquals(
        List.of(
            "copies are 35 % of a call on cuda:0: keep on the device what the next call needs, and"
                + " copy on another stream while the device computes"),
        advice("gpu"));
    bytes = 1_000;
    assertEquals(
        List.of(
            "copies are 35 % of a call on cuda:0: they are small and mostly wait, which larger"
                + " batches share out"),
        advice("gpu"));
    bytes = 0;
    assertEquals(List.of(), advice("gpu"));
  }

  @Test
  void memoryThatIsNotPinned() {
    pageableIn = 40;
    assertEquals(
        List.of(
            "copies take 0.01 ms with pinned memory and 0.045 ms without: allocate inputs and"
                + " outputs by Devices.allocatePinned"),
        advice("gpu"));
  }

  @Test
  void kernelsWithoutTensorCores() {
    DeviceUse few = new DeviceUse(0.9, 0.03);
    assertEquals(
        List.of(
            "computing is 80 % of a call on cuda:0, and Tensor Cores had 3 % of its kernels: try"
                + " fp16, bf16 or tf32"),
        advice("gpu", few));
    assertEquals(List.of(), advice("gpu+tf32", few));
    compute = 60;
    assertEquals(List.of(), advice("gpu", few));
  }

  @Test
  void energyIsToldOfCallsThatAreLongEnough() {
    assertEquals(2, split(energy(8, 2)).joulesOfEach().orElseThrow());
    DeviceSplit brief = split(energy(8, 0.4));
    assertEquals(OptionalDouble.empty(), brief.joulesOfEach());
    assertEquals(
        "the calls took less than a second, too short for a GPU's counters",
        brief.whyNoEnergy().orElseThrow());
    DeviceSplit unknown =
        split(
            new EnergyMeter.Energy(
                OptionalDouble.empty(), 2, EnergyMeter.Source.NONE, Optional.of("no NVML")));
    assertEquals("no NVML", unknown.whyNoEnergy().orElseThrow());
  }
}
