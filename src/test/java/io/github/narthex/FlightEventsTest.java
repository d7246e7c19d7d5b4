package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.narthex.cli.Main;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the Flight Recorder gets to know of the library. */
@ExtendWith(LeakCheck.class)
class FlightEventsTest {
  private static final String FORWARD = "io.github.narthex.Forward";
  private static final String LOAD = "io.github.narthex.ModelLoad";
  private static final String ERROR = "io.github.narthex.NativeError";
  private static final String HANDLES = "io.github.narthex.LiveHandles";

  @TempDir Path folder;

  /** Work that is recorded. */
  private interface Work {
    void run() throws Exception;
  }

  private List<RecordedEvent> record(String event, Work work) throws Exception {
    Path file = folder.resolve("work.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(event).withPeriod(Duration.ofMillis(20));
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    }
    return events(file, event);
  }

  private static List<RecordedEvent> events(Path file, String name) throws IOException {
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals(name))
        .toList();
  }

  @Test
  void forwardsAndRuns() throws Exception {
    Path file = Fixtures.path("models/mlp.pt");
    List<RecordedEvent> events =
        record(
            FORWARD,
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                Model model = Model.load(arena, file).withThreads(2);
                Tensor x = Tensor.of(arena, new float[8], 1, 8);
                model.forward(arena, x);
                Model frozen = model.freeze(arena).withThreads(1);
                Session session = Session.open(arena, frozen, Value.of(x));
                session.run();
                session.run();
              }
            });
    assertEquals(
        List.of("forward 2 false", "forward 1 true", "forward 1 true"),
        events.stream()
            .map(
                event ->
                    event.getString("method")
                        + " "
                        + event.getInt("intraOpThreads")
                        + " "
                        + event.getBoolean("session"))
            .toList());
    for (RecordedEvent event : events) {
      assertEquals(file.toString(), event.getString("model"));
      assertTrue(event.getDuration().toNanos() > 0, event::toString);
      assertEquals(Thread.currentThread().threadId(), event.getThread().getJavaThreadId());
    }
  }

  /** The native call's time, also of one that fails. */
  @Test
  void failedForwards() throws Exception {
    List<RecordedEvent> events =
        record(
            FORWARD,
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                Tensor x = Tensor.of(arena, new float[] {1}, 1);
                Model model = Model.script(arena, "def forward(self, x):\n  return x.view(7)\n");
                assertThrows(OperatorException.class, () -> model.forward(arena, x));
              }
            });
    assertEquals(
        List.of("script"), events.stream().map(event -> event.getString("model")).toList());
  }

  @Test
  void loads() throws Exception {
    Path file = Fixtures.path("models/mlp.pt");
    byte[] bytes = Files.readAllBytes(file);
    List<RecordedEvent> events =
        record(
            LOAD,
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                Model.load(arena, file);
                Model.load(arena, bytes, Device.CPU);
              }
            });
    assertEquals(
        List.of(file.toString(), "memory"),
        events.stream().map(event -> event.getString("file")).toList());
    for (RecordedEvent event : events) {
      assertEquals(bytes.length, event.getLong("bytes"));
      assertEquals("cpu", event.getString("device"));
      assertTrue(event.getDuration().toNanos() > 0, event::toString);
      assertTrue(
          event.getStackTrace().getFrames().stream()
              .anyMatch(frame -> frame.getMethod().getName().equals("loads")),
          event::toString);
    }
  }

  @Test
  void nativeErrors() throws Exception {
    List<RecordedEvent> events =
        record(
            ERROR,
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                Tensor x = Tensor.of(arena, new float[] {1, 2}, 2);
                assertThrows(
                    DeviceMemoryException.class,
                    () -> Tensor.empty(arena, DType.FLOAT32, Shape.of(1L << 50)));
                assertThrowsWith(
                    OperatorException.class, "invalid for input of size 2", () -> x.reshape(3));
              }
            });
    assertEquals(
        List.of("DeviceMemoryException", "OperatorException"),
        events.stream().map(event -> event.getString("exception")).toList());
    String message = events.get(1).getString("message");
    assertTrue(message.contains("invalid for input of size 2"), message);
  }

  @Test
  void liveHandlesFromTimeToTime() throws Exception {
    LiveHandles[] during = new LiveHandles[1];
    List<RecordedEvent> events =
        record(
            HANDLES,
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
                Session.open(arena, model, Value.of(Tensor.of(arena, new float[8], 1, 8)));
                during[0] = LiveHandles.now();
                Thread.sleep(500);
              }
            });
    assertTrue(
        events.stream()
            .map(
                event ->
                    new LiveHandles(
                        event.getLong("errors"),
                        event.getLong("tensors"),
                        event.getLong("models"),
                        event.getLong("sessions"),
                        event.getLong("traces"),
                        event.getLong("generators"),
                        event.getLong("recordings"),
                        event.getLong("events")))
            .anyMatch(during[0]::equals),
        () -> during[0] + " is not in " + events);
  }

  /** Where no recording runs any more, or one that does not want forwards. */
  @Test
  void nothingIsAllocatedForForwardsThatNobodyWants() throws Exception {
    try (Arena arena = Arena.ofConfined();
        Recording other = new Recording()) {
      Model model = Model.load(arena, Fixtures.path("models/mlp.pt")).withThreads(1);
      Session session = Session.open(arena, model, Value.of(Tensor.of(arena, new float[8], 1, 8)));
      record(FORWARD, session::run);
      other.disable(FORWARD);
      other.start();
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      for (int i = 0; i < 20_000; i++) {
        session.run();
      }
      // The compilers may still work for the loop of the test; they settle.
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 5 && least > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
          session.run();
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      long bytes = least;
      assertTrue(bytes < 1000, () -> bytes + " bytes in 10,000 runs");
    }
  }

  /** The recorder is there before the library; the other tests have it the other way round. */
  @Test
  void aRecordingThatBeginsWithTheJvm() throws IOException {
    Path file = folder.resolve("jvm.jfr");
    new ForkedJvm(folder)
        .option("-XX:StartFlightRecording:filename=" + file + ",+" + HANDLES + "#period=endChunk")
        .run(Main.class, "run", "mlp", "--quiet")
        .assertExit(0);
    assertTrue(
        events(file, FORWARD).stream()
            .map(event -> event.getString("model"))
            .collect(Collectors.toSet())
            .contains("trace"));
    assertFalse(events(file, HANDLES).isEmpty());
  }
}
