package io.github.narthex.profile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.profile.Profile;
import io.github.narthex.profile.ProfiledEvent;
import io.github.narthex.profile.Profiler;
import io.github.narthex.profile.Stage;
import io.github.narthex.profile.StageTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProfileAdviceTest {
  private static final Utilisation BUSY = utilisation(1, 1.9, List.of(0.95, 0.95), 0);

  private Optional<DeviceSplit> split = Optional.empty();
  private final StageTimes stages = new StageTimes();
  private final List<ProfiledEvent> events = new ArrayList<>();

  private void operator(String name, long nanos) {
    long start = events.stream().mapToLong(ProfiledEvent::endNanos).max().orElse(0);
    events.add(
        new ProfiledEvent(
            ProfiledEvent.Kind.OPERATOR, name, start, nanos, 1, -1, null, null, 0, 0, 0));
  }

  private static Utilisation utilisation(
      double seconds, double processSeconds, List<Double> busy, double throttled) {
    return new Utilisation(seconds, processSeconds, busy, throttled, OptionalDouble.empty());
  }

  private List<String> advice(String recipe, Utilisation use) {
    if (events.isEmpty()) {
      operator("aten::convolution", 1_000_000);
    }
    Latency latency = Latency.of(new long[] {1_000_000});
    return ProfileAdvice.of(
        new ProfileResult(
            new Environment(
                "now", "0", "2.15.0", "jvm", "os", "cpu", List.of(), 2, 2, 2, null, 1L << 34,
                List.of(), null, null),
            new ProfileTask(
                "m.pt",
                PackageOptions.NONE,
                List.of(),
                null,
                recipe,
                2,
                1,
                1,
                Profiler.Options.DEFAULT,
                false,
                0),
            new ModelInfo("m.pt", "TorchScript", 1, 4, 100, false, false, false),
            List.of("1x3"),
            List.of(),
            1,
            latency,
            latency,
            stages.shares(),
            new Profile(events, 1, 0),
            new MemoryUse(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
            Optional.empty(),
            split,
            use,
            List.of(),
            List.of()));
  }

  private void assertAdvised(String start, List<String> advice) {
    assertTrue(advice.stream().anyMatch(text -> text.startsWith(start)), advice::toString);
  }

  @Test
  void nothingIsSaidOfWhatIsWell() {
    stages.add(Stage.FORWARD, 95);
    stages.add(Stage.COPY_OUT, 5);
    assertEquals(List.of(), advice("eager", BUSY));
  }

  @Test
  void stagesThatTakeLong() {
    stages.add(Stage.DECODE, 40);
    stages.add(Stage.COPY_IN, 30);
    stages.add(Stage.FORWARD, 30);
    List<String> advice = advice("eager", BUSY);
    assertAdvised("decode is 40 % of a request: ", advice);
    assertAdvised("copy in is 30 % of a request: ", advice);
    assertEquals(2, advice.size());
  }

  @Test
  void layoutsAndNormalisation() {
    operator("aten::copy_", 200_000);
    operator("aten::native_batch_norm", 300_000);
    operator("aten::convolution", 500_000);
    List<String> advice = advice("eager", BUSY);
    assertAdvised("copies and changes of layout are 20 % of the operators' time: for a", advice);
    assertAdvised("batch normalisation is 30 % of the operators' time", advice);
    assertAdvised(
        "copies and changes of layout are 20 % of the operators' time: try the recipe without",
        advice("channels-last", BUSY));
  }

  @Test
  void manySmallOperators() {
    for (int i = 0; i < 10; i++) {
      operator("aten::add", 2_000);
    }
    assertAdvised(
        "a call of an operator takes 2.0 microseconds on the average", advice("eager", BUSY));
  }

  /** What is said of the CPU's operators and threads is no help there. */
  @Test
  void devicesHaveRulesOfTheirOwn() {
    for (int i = 0; i < 10; i++) {
      operator("aten::add", 2_000);
    }
    split = Optional.of(DeviceAdviceTest.keptWaiting());
    List<String> advice = advice("gpu", utilisation(1, 1, List.of(0.5, 0.5), 0));
    assertAdvised("enqueuing is 71 % of a call on cuda:0: ", advice);
    assertEquals(1, advice.size(), advice::toString);
  }

  @Test
  void processors() {
    assertAdvised(
        "of 2 threads 1.0 were busy", advice("eager", utilisation(1, 1, List.of(0.5, 0.5), 0)));
    assertAdvised(
        "a quota of processors held the process back for 40 % of the time",
        advice("eager", utilisation(1, 1.9, List.of(0.95, 0.95), 0.4)));
    List<String> disturbed = advice("eager", utilisation(1, 1, List.of(1.0, 1.0), 0));
    assertEquals(
        List.of("other processes kept 1.0 processors busy: measure again without them"), disturbed);
  }
}
