package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class LeakWatchTest {
  @TempDir Path folder;

  @Test
  void workThatClosesItsArenasLeavesNothing() {
    try (LeakWatch watch = LeakWatch.begin();
        Arena arena = Arena.ofConfined()) {
      Tensor.of(arena, new float[] {1}, 1).relu().segment();
      assertEquals(Map.of("tensors", 3L), watch.report().remaining());
    }
  }

  @Test
  void whatRemainsIsNamed() {
    Arena forgotten = Arena.ofShared();
    LeakWatch watch = LeakWatch.begin();
    Model.load(forgotten, Fixtures.path("models/mlp.pt"));
    Tensor.of(forgotten, new float[] {1}, 1);
    Tensor.of(forgotten, new float[] {1}, 1);
    IllegalStateException thrown = assertThrows(IllegalStateException.class, watch::close);
    assertEquals(
        "native objects remain: 2 tensors, 1 model; -Dnarthex.leaks=sites shows where they were"
            + " made",
        thrown.getMessage());
    forgotten.close();
    watch.close();
    assertTrue(watch.report().isEmpty());
    assertEquals("no native objects remain", watch.report().toString());
  }

  /** Work may close what its caller has opened. */
  @Test
  void fewerThanBeforeIsNoLeak() {
    Arena outer = Arena.ofShared();
    Tensor.of(outer, new float[] {1}, 1);
    try (LeakWatch watch = LeakWatch.begin()) {
      outer.close();
      assertTrue(watch.report().isEmpty());
    }
  }

  @Test
  void automaticArenasHaveTheCollector() {
    try (LeakWatch watch = LeakWatch.begin()) {
      Tensor.of(Arena.ofAuto(), new float[] {1}, 1);
      assertTrue(watch.report().isEmpty());
    }
  }

  @Test
  void sitesAreNotNotedUnlessAskedFor() {
    assertFalse(LiveHandles.knowsSites());
    IllegalStateException thrown = assertThrows(IllegalStateException.class, LiveHandles::sites);
    assertEquals(
        "where objects were made is not noted: start the JVM with -Dnarthex.leaks=sites",
        thrown.getMessage());
  }

  @Test
  void kindsAreTheComponents() throws ReflectiveOperationException {
    LiveHandles counts = LiveHandles.now();
    List<RecordComponent> components = Arrays.asList(LiveHandles.class.getRecordComponents());
    assertEquals(
        components.stream().map(RecordComponent::getName).toList(),
        List.copyOf(counts.byKind().keySet()));
    for (RecordComponent component : components) {
      assertEquals(
          component.getAccessor().invoke(counts), counts.byKind().get(component.getName()));
    }
  }

  /** A leak put in on purpose, in a JVM that notes sites. */
  @Test
  void theSiteOfALeakIsFound() {
    String printed =
        new ForkedJvm(folder)
            .option("-Dnarthex.leaks=sites")
            .run(LeakySites.class)
            .assertExit(0)
            .output();
    List<String> lines = printed.lines().toList();
    // The method of the library that was called, then the line that called it.
    assertEquals("native objects remain: 5 tensors", lines.get(0), printed);
    assertEquals("3 x tensor", lines.get(1), printed);
    assertTrue(lines.get(2).startsWith("    at io.github.narthex.Tensor.of("), printed);
    assertTrue(
        lines.get(3).startsWith("    at io.github.narthex.LeakySites.threeTensors("), printed);
    assertTrue(lines.get(4).startsWith("    at io.github.narthex.LeakySites.main("), printed);
    assertTrue(printed.contains("LeakySites.oneMore("), printed);
    assertTrue(printed.contains("LeakySites.aSegment("), printed);
    assertFalse(printed.contains("LeakySites.nothing("), printed);
    assertTrue(lines.getLast().equals("after closing: []"), printed);
  }

  /** {@code NoLeaksTest} expects sites where they are noted. */
  @Test
  void failuresOfTestsHaveSitesToo() {
    String printed =
        new ForkedJvm(folder)
            .option("-Dnarthex.leaks=sites")
            .run(LaunchedTests.class, "io.github.narthex.junit.NoLeaksTest")
            .assertExit(0)
            .output();
    assertTrue(printed.contains("3 passed"), printed);
  }
}
