package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.InputException;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Candidates that come and go, on a clock of their own. */
class WorkerLabTest {
  private static final long TURN = 200_000_000;
  private static final long PLENTY = 100_000_000_000L;

  private final SimulatedWorkers workers =
      new SimulatedWorkers().with("eager", 50).with("fast", 10).with("slow", 80);
  private Map<String, Double> errors = Map.of();
  private long availableBytes = PLENTY;
  @TempDir Path directory;

  private static Candidate candidate(String recipe) {
    return new Candidate(recipe, Threads.of(2), 1);
  }

  private static final Candidate FAST = candidate("fast");

  private WorkerLab open() {
    return open("this machine");
  }

  private WorkerLab open(String site) {
    BenchTask task =
        new BenchTask("m.pt", List.of(), null, List.of(), 0, 2, "cpu", 0.02, 0, Effort.DEFAULT);
    return new WorkerLab(
        new Contest.Site(workers, this::compare, () -> workers.now, () -> availableBytes),
        WorkerLabTest::prepared,
        task,
        "/nowhere",
        LabJournal.open(directory.resolve("journal.jsonl"), site),
        Progress.SILENT,
        () -> {});
  }

  private static Protocol.Prepared prepared(long batch) {
    return new Protocol.Prepared(
        "m.pt",
        new ModelInfo("m", "torchscript", 1, 4, 1004, false, false, false),
        List.of("aten::conv2d"),
        List.of("1x3:float32"),
        Math.max(1, batch),
        List.of("x.npy"),
        List.of(List.of("x.npy")),
        List.of(new Protocol.Argument("x", "float32")),
        null,
        List.of(),
        "2.15.0");
  }

  private Accuracy compare(
      List<List<String>> reference, List<List<String>> answers, List<Integer> labels) {
    return Answers.withError(errors.getOrDefault(answers.getFirst().getFirst(), 0.0));
  }

  private static double ratio(Measurement measurement) {
    return Objects.requireNonNull(measurement.speedUp()).ratio();
  }

  @Test
  void candidatesRaceBesideTheBaseline() {
    try (WorkerLab lab = open()) {
      assertEquals(Status.OK, lab.enter(lab.baseline()).status());
      Measurement entered = lab.enter(FAST);
      assertEquals(Status.OK, entered.status());
      assertNotNull(entered.accuracy());
      assertNull(entered.latency(), "nothing is timed yet");
      for (int i = 0; i < 5; i++) {
        lab.round(List.of(FAST), TURN);
      }
      assertEquals(5, lab.rounds(FAST));
      assertEquals(5, ratio(lab.measurement(FAST)), 0.1);
      assertEquals(1, ratio(lab.measurement(lab.baseline())));
      assertEquals(100, lab.save(FAST, directory.resolve("m.pt")));
    }
    assertEquals(0, workers.alive);
  }

  @Test
  void whoHasLeftComesBackForARound() {
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
      lab.enter(FAST);
      lab.round(List.of(FAST), TURN);
      lab.leave(FAST);
      assertEquals(1, workers.alive);

      lab.round(List.of(FAST), TURN);

      assertEquals(2, lab.rounds(FAST));
      assertEquals(2, workers.alive);
      assertEquals(1, workers.requests.stream().filter("fast Outputs"::equals).count());
    }
  }

  @Test
  void faultIsARow() {
    WorkerFailure segfault = new WorkerFailure(Status.CRASHED, "SIGSEGV in libx.so");
    workers.fault("fast", Protocol.Run.class, 2, segfault);
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
      lab.enter(FAST);
      lab.enter(candidate("slow"));
      for (int i = 0; i < 4; i++) {
        lab.round(List.of(FAST, candidate("slow")), TURN);
      }
      assertEquals(Status.CRASHED, lab.measurement(FAST).status());
      assertEquals("SIGSEGV in libx.so", lab.measurement(FAST).reason());
      assertEquals(4, lab.rounds(candidate("slow")));
      assertEquals(Status.CRASHED, lab.enter(FAST).status(), "it is not tried again");
    }
  }

  @Test
  void otherBatchesHaveAnswersOfTheirOwn() {
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
      Candidate batch = new Candidate("fast", Threads.of(1), 8);
      assertEquals(Status.OK, lab.enter(batch).status());
      lab.round(List.of(batch), TURN);
      Measurement row = lab.measurement(batch);
      assertEquals(8, row.batch());
      assertEquals(800, Objects.requireNonNull(row.throughputPerS()), 20);
      assertEquals(2, workers.alive, "the baseline at batch 8 has ended");
    }
  }

  @Test
  void wrongAnswersAreInaccurate() {
    errors = Map.of("fast", 0.5);
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
      assertEquals(Status.INACCURATE, lab.enter(FAST).status());
    }
  }

  @Test
  void roomDependsOnMemory() {
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
      assertEquals(4, lab.room());
      availableBytes = 1_000_000_000;
      assertEquals(1, lab.room());
    }
  }

  @Test
  void journalBringsBackEverything() throws IOException {
    Measurement before;
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
      lab.enter(FAST);
      for (int i = 0; i < 5; i++) {
        lab.round(List.of(FAST), TURN);
      }
      workers.fault("slow", Protocol.Load.class, 0, new WorkerFailure(Status.TIMEOUT, "hung"));
      lab.enter(candidate("slow"));
      before = lab.measurement(FAST);
    }
    Path journal = directory.resolve("journal.jsonl");
    Files.writeString(journal, Files.readString(journal) + "{\"kind\":\"turn\",\"recipe\":\"fa");
    workers.requests.clear();
    try (WorkerLab lab = open()) {
      assertEquals(before, lab.measurement(FAST));
      assertEquals(Status.TIMEOUT, lab.enter(candidate("slow")).status());
      assertEquals(Status.OK, lab.enter(FAST).status());
      assertEquals(List.of(), workers.requests, "nothing is done again");

      lab.round(List.of(FAST), TURN);

      assertEquals(6, lab.rounds(FAST));
    }
    assertTrue(
        Files.readString(journal).lines().allMatch(line -> line.endsWith("}")),
        "the line that was cut off is gone");
    try (WorkerLab lab = open()) {
      assertEquals(6, lab.rounds(FAST));
    }
  }

  @Test
  void journalOfAnotherMachineIsRefused() throws IOException {
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
    }
    Path journal = directory.resolve("journal.jsonl");
    byte[] whole = Files.readAllBytes(journal);
    var e = assertThrows(InputException.class, () -> open("that machine"));
    assertEquals(
        journal + " was measured on this machine, and this is that machine: begin anew",
        e.getMessage());
    assertArrayEquals(whole, Files.readAllBytes(journal), "it is left as it was");
  }

  @Test
  void journalCutAtAnyByteIsRead() throws IOException {
    try (WorkerLab lab = open()) {
      lab.enter(lab.baseline());
      lab.enter(FAST);
      lab.round(List.of(FAST), TURN);
    }
    Path journal = directory.resolve("journal.jsonl");
    byte[] whole = Files.readAllBytes(journal);
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(journal, Arrays.copyOf(whole, length));
      try (WorkerLab lab = open()) {
        lab.enter(lab.baseline());
        lab.enter(FAST);
        lab.round(List.of(FAST), TURN);
        assertTrue(lab.rounds(FAST) >= 1);
      }
    }
  }
}
