package io.github.narthex.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.MemoryPlan;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.models.Builtin;
import io.github.narthex.profile.OperatorTable.Grouping;
import io.github.narthex.profile.OperatorTable.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class ProfilerTest {
  @TempDir private Path directory;

  private static Row row(OperatorTable table, String name) {
    return table.rows().stream()
        .filter(row -> row.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + table));
  }

  private static void forwards(Arena arena, Model model, Tensor input, int count) {
    for (int i = 0; i < count; i++) {
      model.forward(arena, input);
    }
  }

  private static Model convnet(Arena arena) {
    return Model.load(arena, Fixtures.path("models/convnet.pt"));
  }

  /** A traced model calls aten::_convolution, of which libtorch counts nothing. */
  @Test
  void countsWhatAConvolutionComputes() {
    try (Arena arena = Arena.ofConfined()) {
      Model traced = Builtin.SHAPES_NET.build(arena, 1);
      Tensor input = Tensors.zeros(arena, DType.FLOAT32, Shape.of(1, 3, 32, 32));
      Profile profile;
      try (Profiler profiler = Profiler.start(Profiler.Options.DEFAULT.withFlops())) {
        traced.forward(arena, input);
        profile = profiler.stop();
      }
      OperatorTable table = profile.operators(Grouping.OPERATOR);
      long foretold = MemoryPlan.of(traced, List.of(Value.of(input))).flops();
      long products =
          table.rows().stream()
              .filter(row -> row.name().matches("aten::(_convolution|addmm)"))
              .mapToLong(Row::flops)
              .sum();
      assertEquals(foretold, products);
      assertTrue(products > 1_000_000, () -> "only " + products);
    }
  }

  private static Tensor image(Arena arena) {
    return Tensors.zeros(arena, DType.FLOAT32, Shape.of(2, 3, 32, 32));
  }

  @Test
  void operatorsOfForwardsAddUpToTheirTime() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = convnet(arena).withThreads(2);
      Tensor input = image(arena);
      forwards(arena, model, input, 3);
      Profile profile;
      try (Profiler profiler = Profiler.start()) {
        forwards(arena, model, input, 5);
        profile = profiler.stop();
      }
      OperatorTable table = profile.operators();
      assertEquals(0, row(table, "aten::convolution").calls() % 5);
      assertTrue(table.selfNanos() <= profile.wallNanos(), table::toString);
      for (Row row : table.rows()) {
        assertTrue(row.selfNanos() <= row.totalNanos(), row::toString);
      }
    }
  }

  @Test
  void rangesNestAndHoldOperators() {
    try (Arena arena = Arena.ofConfined();
        Profiler profiler = Profiler.start()) {
      Tensor x = Tensor.of(arena, new float[] {1, 2}, 2);
      try (Profiler.Range _ = Profiler.range("request")) {
        x.neg();
        try (Profiler.Range _ = Profiler.range("forward")) {
          x.relu();
          x.relu();
        }
      }
      Profile profile = profiler.stop();
      assertEquals(2, row(profile.operators(), "aten::relu").calls());
      OperatorTable ranges = profile.operators(Grouping.RANGE);
      assertEquals(1, row(ranges, "request / forward").calls());
      assertTrue(
          row(ranges, "request").totalNanos() >= row(ranges, "request / forward").totalNanos());
    }
  }

  @Test
  void recordsWhatIsAskedFor() {
    try (Arena arena = Arena.ofConfined();
        Profiler profiler =
            Profiler.start(
                Profiler.Options.DEFAULT.withShapes().withFlops().withMemory().withModules())) {
      Tensor a = Tensors.ones(arena, DType.FLOAT32, Shape.of(4, 8));
      Tensor b = Tensors.ones(arena, DType.FLOAT32, Shape.of(8, 16));
      a.matmul(b);
      Profile profile = profiler.stop();
      OperatorTable shapes = profile.operators(Grouping.SHAPE);
      Row product = row(shapes, "aten::mm [[4, 8], [8, 16]]");
      assertEquals(2 * 4 * 8 * 16, product.flops());
      assertTrue(product.takenBytes() >= 4 * 16 * 4, product::toString);
    }
  }

  @Test
  void seesAllThreads() throws InterruptedException {
    Profile profile;
    try (Profiler profiler = Profiler.start()) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try (Arena arena = Arena.ofConfined()) {
                        Tensor x = Tensor.of(arena, new float[] {1}, 1);
                        for (int call = 0; call < 25; call++) {
                          x.neg();
                        }
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      profile = profiler.stop();
    }
    assertEquals(100, row(profile.operators(), "aten::neg").calls());
  }

  @Test
  void keepsToItsSchedule() {
    try (Arena arena = Arena.ofConfined();
        Profiler profiler = Profiler.start(Profiler.Options.DEFAULT.schedule(2, 1, 3))) {
      Tensor x = Tensor.of(arena, new float[] {1}, 1);
      for (int step = 0; step < 10; step++) {
        x.neg();
        profiler.step();
      }
      Profile profile = profiler.stop();
      assertEquals(3, profile.steps());
      assertEquals(3, row(profile.operators(), "aten::neg").calls());
    }
  }

  @Test
  void scheduleThatIsCutShortKeepsWhatThereIs() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.of(arena, new float[] {1}, 1);
      try (Profiler profiler = Profiler.start(Profiler.Options.DEFAULT.schedule(1, 1, 3))) {
        profiler.step();
        x.neg();
        profiler.step();
        x.neg();
        Profile profile = profiler.stop();
        assertEquals(1, row(profile.operators(), "aten::neg").calls());
      }
      try (Profiler profiler = Profiler.start(Profiler.Options.DEFAULT.schedule(5, 0, 0))) {
        x.neg();
        assertEquals(List.of(), profiler.stop().events());
      }
    }
  }

  /** The format of traces: an object with traceEvents, of which complete ones have ph, ts, dur. */
  @Test
  void writesATraceThatOpens() throws IOException {
    Path trace = directory.resolve("trace.json");
    try (Arena arena = Arena.ofConfined();
        Profiler profiler = Profiler.start(Profiler.Options.DEFAULT.withTrace(trace))) {
      Tensor x = Tensor.of(arena, new float[] {1}, 1);
      try (Profiler.Range _ = Profiler.range("mine")) {
        x.neg();
      }
      profiler.stop();
    }
    JsonObject document = JsonParser.parseString(Files.readString(trace)).getAsJsonObject();
    List<String> names = new ArrayList<>();
    for (JsonElement element : document.getAsJsonArray("traceEvents")) {
      JsonObject event = element.getAsJsonObject();
      assertTrue(event.has("ph"), event::toString);
      if (event.get("ph").getAsString().equals("X")) {
        assertTrue(event.get("ts").getAsDouble() >= 0 && event.get("dur").getAsDouble() >= 0);
        assertTrue(event.has("pid") && event.has("tid"), event::toString);
        names.add(event.get("name").getAsString());
      }
    }
    assertTrue(names.containsAll(List.of("aten::neg", "mine")), names::toString);
  }

  @Test
  void oneAtATime() {
    try (Profiler _ = Profiler.start()) {
      var e = assertThrows(IllegalStateException.class, Profiler::start);
      assertEquals("a profiler is running already: close it before another starts", e.getMessage());
    }
    Profiler ended = Profiler.start();
    ended.stop();
    assertThrows(IllegalStateException.class, ended::stop);
    assertThrows(IllegalStateException.class, ended::step);
    ended.close();
    Profiler.start().close();
  }

  @Test
  void refusesWhatCannotBe() {
    if (!Files.exists(Path.of("/proc/driver/nvidia/version"))) {
      assertThrows(
          UnsupportedException.class, () -> Profiler.start(Profiler.Options.DEFAULT.withDevice()));
    }
    Path nowhere = directory.resolve("missing/trace.json");
    var e =
        assertThrows(
            UncheckedIOException.class,
            () -> Profiler.start(Profiler.Options.DEFAULT.withTrace(nowhere)));
    assertTrue(String.valueOf(e.getMessage()).contains("there is no directory"), e.getMessage());
    assertThrows(
        UncheckedIOException.class,
        () -> Profiler.start(Profiler.Options.DEFAULT.withTrace(directory)));
    assertThrows(IllegalArgumentException.class, () -> Profiler.Options.DEFAULT.schedule(0, -1, 1));
    Profiler.start().close(); // none of them is left behind
  }

  @Test
  void rangeEndsOnItsThread() throws InterruptedException {
    try (Profiler profiler = Profiler.start()) {
      Profiler.Range range = Profiler.range("mine");
      AtomicReference<IllegalStateException> thrown = new AtomicReference<>();
      Thread other =
          Thread.ofPlatform()
              .name("other")
              .start(() -> thrown.set(assertThrows(IllegalStateException.class, range::close)));
      other.join();
      String here = Thread.currentThread().getName();
      assertEquals(
          "the range 'mine' began on thread '%s' and can't end on 'other'".formatted(here),
          thrown.get().getMessage());
      range.close();
      range.close();
      assertEquals(1, row(profiler.stop().operators(Grouping.RANGE), "mine").calls());
    }
  }

  @Test
  void rangesAreNothingWhenNobodyWantsThem() {
    assertSame(Profiler.range("a"), Profiler.range("b"));
    Profiler.range("a").close();
  }

  @Test
  void rangesAndOperatorsAreFlightEvents() throws IOException {
    Path file = directory.resolve("app.jfr");
    try (Arena arena = Arena.ofConfined();
        Recording recording = new Recording()) {
      Tensor x = Tensor.of(arena, new float[] {1}, 1);
      recording.start();
      try (Profiler.Range _ = Profiler.range("alone")) {
        x.neg();
      }
      try (Profiler profiler = Profiler.start()) {
        x.neg();
        x.neg();
        profiler.stop();
      }
      recording.stop();
      recording.dump(file);
    }
    boolean hasRange = false;
    boolean hasOperator = false;
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      if (event.getEventType().getName().equals("io.github.narthex.Range")) {
        hasRange |= event.getString("range").equals("alone");
      }
      if (event.getEventType().getName().equals("io.github.narthex.ProfiledOperator")
          && event.getString("operator").equals("aten::neg")) {
        assertEquals(2, event.getLong("calls"));
        hasOperator = true;
      }
    }
    assertTrue(hasRange);
    assertTrue(hasOperator);
  }
}
