package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.narthex.bench.LoadMode;
import io.github.narthex.bench.LoadTask;
import io.github.narthex.load.Arrivals;
import io.github.narthex.load.Slo;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code load} makes of its command line. */
class LoadCommandTest {
  private static LoadTask task(String... options) {
    List<String> words = new ArrayList<>(List.of("mlp"));
    words.addAll(List.of(options));
    return LoadCommand.task(Arguments.parse(LoadSpec.SPEC, words));
  }

  private static void assertRefused(String message, String... options) {
    assertEquals(message, assertThrows(UsageException.class, () -> task(options)).getMessage());
  }

  @Test
  void withoutAnOptionCallersGoUpToTwiceTheCores() {
    LoadTask task = task();
    ThreadPlanner planner = ThreadPlanner.ofThisProcess(0);
    List<Integer> callers = assertInstanceOf(LoadMode.Closed.class, task.mode()).callers();
    assertEquals(1, callers.getFirst());
    assertEquals(Integer.highestOneBit(2 * planner.cores()), callers.getLast());
    assertEquals(planner.forThroughput(), task.threads());
    assertEquals("eager", task.recipe());
    assertEquals(Duration.ZERO, task.duration());
    assertNull(task.slo());
  }

  @Test
  void modes() {
    assertEquals(new LoadMode.Closed(List.of(3, 1)), task("--concurrency", "3,1,3").mode());
    assertEquals(
        new LoadMode.Open(List.of(0.5, 120.0), Arrivals.POISSON),
        task("--rate", "0.5,120/s").mode());
    assertEquals(
        new LoadMode.Open(List.of(10.0), Arrivals.CONSTANT),
        task("--rate", "10", "--arrivals", "constant").mode());
    Slo slo = Slo.parse("p99=20ms");
    assertEquals(new LoadMode.Search(slo, Arrivals.POISSON), task("--slo", "p99=20ms").mode());
    assertEquals(
        new LoadMode.Search(slo, Arrivals.CONSTANT),
        task("--slo", "p99=20ms", "--arrivals", "constant").mode());
    assertEquals(
        new LoadMode.Search(slo, Arrivals.POISSON),
        task("--scenario", "server", "--slo", "p99=20ms").mode());
    assertEquals(new LoadMode.Offline(), task("--scenario", "offline").mode());
    assertEquals(new LoadMode.MultiStream(), task("--scenario", "multi-stream").mode());
    LoadTask single = task("--scenario", "single-stream", "--slo", "p90=1ms");
    assertEquals(new LoadMode.SingleStream(), single.mode());
    assertEquals(ThreadPlanner.ofThisProcess(0).forLatency(), single.threads());
    assertEquals(Slo.parse("p90=1ms"), task("--rate", "5", "--slo", "p90=1ms").slo());
    assertEquals(new Threads(1, 4), task("--threads", "1x4").threads());
    assertEquals(Duration.ofMillis(1500), task("--duration", "1.5s").duration());
  }

  @Test
  void contradictions() {
    assertRefused(
        "only one of --concurrency, --rate and --scenario can be given, found --concurrency and"
            + " --rate",
        "--rate",
        "5",
        "--concurrency",
        "2");
    assertRefused(
        "--scenario server needs the bound to keep, such as --slo p99=20ms",
        "--scenario",
        "server");
    assertRefused(
        "--scenario server has Poisson arrivals; --slo alone takes others",
        "--scenario",
        "server",
        "--slo",
        "p99=2ms",
        "--arrivals",
        "constant");
    assertRefused(
        "--slo has no meaning with --scenario offline, where latency does not count",
        "--scenario",
        "offline",
        "--slo",
        "p99=2ms");
    assertRefused(
        "--arrivals is for requests at a --rate, or for a search with --slo",
        "--concurrency",
        "2",
        "--arrivals",
        "poisson");
  }

  @Test
  void badValues() {
    assertRefused(
        "bad value 'x' of --concurrency: expected a whole number from 1 to 1000000",
        "--concurrency",
        "1,x");
    assertRefused(
        "bad value '0' of --rate: expected a number of requests a second above 0, at most 10000000",
        "--rate",
        "5,0");
    assertRefused(
        "bad value 'NaN' of --rate: expected a number of requests a second above 0, at most"
            + " 10000000",
        "--rate",
        "NaN");
    assertRefused(
        "bad value 'bursts' of --arrivals: expected poisson or constant",
        "--rate",
        "5",
        "--arrivals",
        "bursts");
    assertRefused(
        "bad value 'sever' of --scenario: expected single-stream, multi-stream, server, offline;"
            + " did you mean server?",
        "--scenario",
        "sever");
    assertRefused(
        "bad value 'p99' of --slo: expected p50, p90, p95 or p99, and a time above 0 in us, ms or"
            + " s, such as p99=20ms",
        "--slo",
        "p99");
    assertRefused("--threads takes one plan here, such as 2 or 1x4", "--threads", "1,2");
  }
}
