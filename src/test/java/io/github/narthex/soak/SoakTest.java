package io.github.narthex.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.LeakCheck;
import io.github.narthex.LiveHandles;
import io.github.narthex.Tensor;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.load.Distribution;
import io.github.narthex.load.Histogram;
import io.github.narthex.soak.Growth.Finding;
import io.github.narthex.soak.SoakResult.Verdict;
import java.lang.foreign.Arena;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Soaks of targets that are made up; what they leak goes the way of an application's leaks. */
@ExtendWith(LeakCheck.class)
class SoakTest {
  /** A busy machine must not make latency of microseconds a finding. */
  private static final GrowthLimits LIMITS = new GrowthLimits(50e6, 10, Double.POSITIVE_INFINITY);

  private static final int CALLERS = 3;

  private static final int WINDOWS = 60;

  /** Handles as they are; memory that does not change, as the tests' own would. */
  private static final class Handles implements Gauges {
    private final AtomicInteger readings = new AtomicInteger();
    private final AtomicReference<@Nullable Soak> ended = new AtomicReference<>();

    @Override
    public Reading read() {
      Soak soak = ended.get();
      if (readings.incrementAndGet() == WINDOWS && soak != null) {
        soak.stop();
      }
      return new Reading(400_000_000, 10_000_000, 300_000_000, LiveHandles.now().total());
    }

    @Override
    public Disturbance disturbance() {
      return Disturbance.NONE;
    }
  }

  /** As many windows as there are to be, however long the machine takes for them. */
  private static SoakResult soak(SoakTarget target) {
    return soak(target, new Handles(), SoakProgress.SILENT);
  }

  private static SoakResult soak(SoakTarget target, Handles gauges, SoakProgress progress) {
    SoakPlan plan = new SoakPlan(Duration.ofHours(1), Duration.ofMillis(10), CALLERS, LIMITS);
    Soak soak = new Soak(plan, target, gauges, progress);
    gauges.ended.set(soak);
    return soak.run();
  }

  private static void work(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void callsThatCloseTheirArenasAreSteady() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    SoakResult result =
        soak(
            (caller, call) -> {
              threads.add(Thread.currentThread());
              try (Arena arena = Arena.ofConfined()) {
                Tensor.of(arena, new float[] {1, 2}, 2).relu();
                work(1);
              }
            });
    assertEquals(Verdict.STEADY, result.verdict(), () -> "" + result.growths());
    assertEquals(Finding.FLAT, result.growth(Metric.HANDLES).finding());
    // Seen between calls, although there are calls at almost any time.
    assertEquals(result.growth(Metric.HANDLES).first(), result.growth(Metric.HANDLES).last());
    assertEquals(CALLERS, threads.size());
    assertEquals(
        result.latency().count(),
        result.samples().stream().mapToLong(sample -> sample.calls()).sum());
    assertTrue(result.latency().count() > 0);
    assertEquals(WINDOWS, result.samples().size());
    assertEquals(15, result.warmUp());
    assertTrue(threads.stream().noneMatch(Thread::isAlive));
  }

  /** One for each caller in each window, however many calls the machine has time for. */
  @Test
  void aTensorThatStaysNowAndThenIsALeak() {
    Handles gauges = new Handles();
    int[] leaked = new int[CALLERS];
    try (Arena forgotten = Arena.ofShared()) {
      SoakResult result =
          soak(
              (caller, call) -> {
                work(1);
                if (leaked[caller] < gauges.readings.get()) {
                  leaked[caller]++;
                  Tensor.of(forgotten, new float[] {1}, 1);
                }
              },
              gauges,
              SoakProgress.SILENT);
      Growth growth = result.growth(Metric.HANDLES);
      assertEquals(Finding.GROWS, growth.finding(), growth::toString);
      assertEquals(Verdict.GROWS, result.verdict());
      Slope slope = growth.slope();
      assertNotNull(slope);
      assertTrue(slope.interval().low() > LIMITS.handlesPerHour());
      // 45 windows are judged, of which first and last are the medians of five.
      assertTrue(growth.last() - growth.first() <= CALLERS * WINDOWS);
      assertTrue(growth.last() - growth.first() >= WINDOWS / 4);
    }
  }

  @Test
  void failedCallsAreCountedAndTheRestGoesOn() {
    SoakResult result =
        soak(
            (caller, call) -> {
              work(1);
              if (call % 5 == 4) {
                throw new IllegalStateException("the fifth");
              }
            });
    assertEquals(Verdict.FAILED, result.verdict());
    assertTrue(result.errors() > 0);
    assertTrue(result.latency().count() > result.errors());
    assertEquals("java.lang.IllegalStateException: the fifth", result.firstError());
  }

  @Test
  void anErrorEndsIt() {
    AtomicInteger calls = new AtomicInteger();
    AssertionError thrown =
        assertThrows(
            AssertionError.class,
            () ->
                soak(
                    (caller, call) -> {
                      if (calls.incrementAndGet() == 100) {
                        throw new AssertionError("broken");
                      }
                      work(1);
                    }));
    assertEquals("broken", thrown.getMessage());
    int atTheEnd = calls.get();
    work(20);
    assertEquals(atTheEnd, calls.get(), "nobody calls any more");
  }

  @Test
  void whatIsStoppedKeepsWhatThereIs() {
    AtomicReference<Soak> running = new AtomicReference<>();
    Handles gauges = new Handles();
    SoakPlan plan = new SoakPlan(Duration.ofHours(1), Duration.ofMillis(10), 2, LIMITS);
    SoakTarget target =
        (caller, call) -> {
          work(1);
          if (gauges.readings.get() == 5) {
            running.get().stop();
          }
        };
    running.set(new Soak(plan, target, gauges, SoakProgress.SILENT));
    SoakResult result = running.get().run();
    assertTrue(result.isInterrupted());
    assertTrue(result.samples().size() >= 5);
    assertEquals(Verdict.UNKNOWN, result.verdict());
    assertEquals(Metric.values().length, result.growths().size());
  }

  /** A call that takes longer than a window makes the window as long; 600 would fit here. */
  @Test
  void slowCallsMakeLongWindows() {
    SoakPlan plan = new SoakPlan(Duration.ofMillis(600), Duration.ofMillis(1), 1, LIMITS);
    SoakResult result =
        new Soak(plan, (caller, call) -> work(50), new Handles(), SoakProgress.SILENT).run();
    assertTrue(result.samples().size() < 300, result.samples().size() + " windows");
    assertFalse(result.isInterrupted());
  }

  @Test
  void progressIsTold() {
    List<String> told = new ArrayList<>();
    SoakProgress progress =
        (seconds, calls, latest) -> told.add("%b %b".formatted(calls > 0, latest == null));
    soak((caller, call) -> work(1), new Handles(), progress);
    assertTrue(told.contains("true false"), told::toString);
  }

  /** What is kept of windows is not what makes the heap grow. */
  @Test
  void aSampleIsSmall() {
    for (RecordComponent component : Sample.class.getRecordComponents()) {
      assertFalse(
          Iterable.class.isAssignableFrom(component.getType()) || component.getType().isArray(),
          component::toString);
      assertFalse(component.getType() == Distribution.class, component::toString);
    }
  }

  private static List<Sample> samples(double growth, double othersGrowth) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Histogram latency = new Histogram();
      for (int call = 0; call < 700; call++) {
        latency.add((long) (1e6 * (1 + growth * i / 60) + 1e3 * ((call + 7 * i) % 50)));
      }
      double others = othersGrowth * i * 10 * Runtime.getRuntime().availableProcessors();
      samples.add(
          Sample.of(
              10 * i,
              new Gauges.Reading(400_000_000, 10_000_000, 300_000_000, 3),
              latency.distribution(),
              0,
              new Disturbance(0, 0, 0, others)));
    }
    return samples;
  }

  @Test
  void latencyThatRisesIsFound() {
    Growth slower = Growth.of(Metric.P50, samples(0.2, 0), GrowthLimits.STANDARD);
    assertEquals(Finding.GROWS, slower.finding());
    assertTrue(slower.isFailure());
    assertEquals(
        Finding.FLAT, Growth.of(Metric.P50, samples(0, 0), GrowthLimits.STANDARD).finding());
    Growth tail = Growth.of(Metric.P99, samples(0.2, 0), GrowthLimits.STANDARD);
    assertFalse(tail.isFailure());
    assertNotNull(tail.slope());
  }

  @Test
  void othersThatTakeMoreAndMoreAreNamed() {
    assertFalse(Disturbed.moreAndMore(samples(0.2, 0)));
    assertTrue(Disturbed.moreAndMore(samples(0.2, 5)));
    assertEquals(0, Disturbed.share(samples(0.2, 0)));
    assertTrue(Disturbed.share(samples(0.2, 5)) > 0.05);
  }

  @Test
  void plansHaveWindowsThatFit() {
    assertEquals(Duration.ofSeconds(5), SoakPlan.of(Duration.ofMinutes(10), 1, LIMITS).window());
    assertEquals(SoakPlan.SHORTEST_WINDOW, SoakPlan.of(Duration.ofSeconds(12), 1, LIMITS).window());
    assertThrows(
        IllegalArgumentException.class, () -> SoakPlan.of(Duration.ofMinutes(1), 0, LIMITS));
    assertThrows(IllegalArgumentException.class, () -> SoakPlan.of(Duration.ZERO, 1, LIMITS));
  }
}
