package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WorkerProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Protocol.Request LOAD =
      new Protocol.Load("m.pt", List.of(), List.of(), List.of(), "eager", List.of(), 1, 1);

  @TempDir Path directory;

  private WorkerProcess start(String behaviour) {
    return start(behaviour, 0);
  }

  private WorkerProcess start(String behaviour, long memoryLimitBytes) {
    return WorkerProcess.start(
        FakeWorker.command(behaviour), directory, "fake/" + behaviour, memoryLimitBytes);
  }

  private WorkerFailure failure(String behaviour) {
    try (WorkerProcess worker = start(behaviour)) {
      return assertThrows(WorkerFailure.class, () -> worker.ask(LOAD, PATIENCE));
    }
  }

  @Test
  void answersAndEnds() throws Exception {
    WorkerProcess worker = start("answer");
    assertEquals(new Protocol.Loaded(1, 2, List.of()), worker.ask(LOAD, PATIENCE));
    assertEquals(new Protocol.Loaded(1, 2, List.of()), worker.ask(LOAD, PATIENCE));
    assertEquals(new PeakMemory(345, 67), worker.peak());
    worker.close();
    assertFalse(worker.isAlive());
    assertTrue(Files.readString(directory.resolve("fake_answer.log")).contains("the log"));
  }

  @Test
  void otherOutputIsIgnored() {
    try (WorkerProcess worker = start("chatter")) {
      assertEquals(new Protocol.Loaded(1, 2, List.of()), worker.ask(LOAD, PATIENCE));
    }
  }

  @Test
  void hangIsEndedByForce() throws Exception {
    WorkerProcess worker = start("hang");
    WorkerFailure failure =
        assertThrows(WorkerFailure.class, () -> worker.ask(LOAD, Duration.ofMillis(1500)));
    assertEquals(Status.TIMEOUT, failure.status());
    assertEquals("no answer within 1 s to: Load", failure.reason());
    for (int i = 0; i < 100 && worker.isAlive(); i++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertFalse(worker.isAlive());
    worker.close();
  }

  @Test
  void memoryHasALimit() throws Exception {
    WorkerProcess worker = start("hang", 10_000_000);
    WorkerFailure failure = assertThrows(WorkerFailure.class, () -> worker.ask(LOAD, PATIENCE));
    assertEquals(Status.OUT_OF_MEMORY, failure.status());
    assertEquals("took more than the limit of 10 MB", failure.reason());
    worker.close();
    assertFalse(worker.isAlive());
    try (WorkerProcess modest = start("answer", 4_000_000_000L)) {
      assertEquals(new Protocol.Loaded(1, 2, List.of()), modest.ask(LOAD, PATIENCE));
    }
  }

  @Test
  void exitIsACrash() {
    WorkerFailure failure = failure("exit");
    assertEquals(Status.CRASHED, failure.status());
    assertEquals("ended with exit code 3: the log", failure.reason());
  }

  @Test
  void killIsACrashUnlessMemoryWasShort() {
    WorkerFailure failure = failure("kill");
    assertEquals(Status.CRASHED, failure.status());
    assertEquals("ended by signal 9 (SIGKILL)", failure.reason());
  }

  @Test
  void fullHeapIsOutOfMemory() {
    WorkerFailure failure = failure("heap");
    assertEquals(Status.OUT_OF_MEMORY, failure.status());
    assertEquals("its JVM ran out of memory", failure.reason());
  }

  @Test
  void deadWorkerStaysDead() {
    WorkerProcess worker = start("exit");
    assertThrows(WorkerFailure.class, () -> worker.ask(LOAD, PATIENCE));
    WorkerFailure again =
        assertThrows(WorkerFailure.class, () -> worker.ask(LOAD, Duration.ofSeconds(5)));
    assertEquals(Status.CRASHED, again.status());
    worker.close();
  }
}
