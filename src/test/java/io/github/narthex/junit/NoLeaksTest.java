package io.github.narthex.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.narthex.LiveHandles;
import io.github.narthex.Tensor;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Classes of tests as users write them, run by a launcher of their own. */
class NoLeaksTest {
  /** Runs a class; what became of each test, by its name. */
  private static Map<String, String> run(Class<?> tests, String... parameters) {
    Map<String, String> results = new TreeMap<>();
    TestExecutionListener listener =
        new TestExecutionListener() {
          @Override
          public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
              String what = result.getThrowable().map(NoLeaksTest::text).orElse("passed");
              results.put(test.getDisplayName().replace("()", ""), what);
            }
          }
        };
    LauncherDiscoveryRequestBuilder request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests));
    for (int i = 0; i < parameters.length; i += 2) {
      request.configurationParameter(parameters[i], parameters[i + 1]);
    }
    LauncherDiscoveryRequest built = request.build();
    LauncherFactory.create().execute(built, listener);
    return results;
  }

  private static String of(Map<String, String> results, String test) {
    return Objects.requireNonNull(results.get(test), test);
  }

  private static String text(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @NoLeaks
  static class Annotated {
    private static final List<Arena> FORGOTTEN = new ArrayList<>();
    private static final List<Arena> OF_CLASS = new ArrayList<>();
    private final List<Arena> ofTest = new ArrayList<>();

    @BeforeAll
    static void openForAll() {
      OF_CLASS.add(Arena.ofShared());
      Tensor.of(OF_CLASS.getFirst(), new float[] {1}, 1);
    }

    @BeforeEach
    void open() {
      ofTest.add(Arena.ofShared());
      Tensor.of(ofTest.getFirst(), new float[] {1}, 1);
    }

    @Test
    void closes() {
      try (Arena arena = Arena.ofConfined()) {
        Tensor.of(arena, new float[] {1}, 1);
      }
      Tensor.of(ofTest.getFirst(), new float[] {1}, 1);
    }

    @Test
    void forgets() {
      FORGOTTEN.add(Arena.ofShared());
      Tensor.of(FORGOTTEN.getLast(), new float[] {1}, 1);
      Tensor.of(FORGOTTEN.getLast(), new float[] {1}, 1);
    }

    @Test
    void failsAndForgets() {
      FORGOTTEN.add(Arena.ofShared());
      Tensor.of(FORGOTTEN.getLast(), new float[] {1}, 1);
      throw new IllegalStateException("its own failure");
    }

    @AfterEach
    void close() {
      ofTest.getFirst().close();
    }

    @AfterAll
    static void closeForAll() {
      OF_CLASS.forEach(Arena::close);
      FORGOTTEN.forEach(Arena::close);
      OF_CLASS.clear();
      FORGOTTEN.clear();
    }
  }

  @Test
  void aTestThatLeavesSomethingFails() {
    Map<String, String> results = run(Annotated.class);
    assertEquals("passed", of(results, "closes"));
    String forgets = of(results, "forgets");
    assertTrue(
        forgets.startsWith("java.lang.AssertionError: forgets(): native objects remain: 2 tensors"),
        forgets);
    assertTrue(
        forgets.contains(
            LiveHandles.knowsSites()
                ? "1 x tensor\n    at io.github.narthex.Tensor.of("
                : "; -Dnarthex.leaks=sites shows where they were made"),
        forgets);
    assertEquals(
        LiveHandles.knowsSites(),
        forgets.contains("    at io.github.narthex.junit.NoLeaksTest$Annotated.forgets("),
        forgets);
    String failed = of(results, "failsAndForgets");
    assertTrue(failed.startsWith("java.lang.IllegalStateException: its own failure"), failed);
    assertTrue(failed.contains("Suppressed: java.lang.AssertionError"), failed);
  }

  static class OneMethod {
    private static final List<Arena> FORGOTTEN = new ArrayList<>();

    private static void forget() {
      FORGOTTEN.add(Arena.ofShared());
      Tensor.of(FORGOTTEN.getLast(), new float[] {1}, 1);
    }

    @Test
    void notLookedAt() {
      forget();
    }

    @NoLeaks
    @Test
    void lookedAt() {
      forget();
    }

    @ExtendWith(NoLeaksExtension.class)
    @Test
    void extended() {
      forget();
    }

    @AfterAll
    static void close() {
      FORGOTTEN.forEach(Arena::close);
      FORGOTTEN.clear();
    }
  }

  @Test
  void oneMethodOrByTheExtension() {
    Map<String, String> results = run(OneMethod.class);
    assertEquals("passed", of(results, "notLookedAt"));
    assertTrue(of(results, "lookedAt").contains("remain: 1 tensor"), of(results, "lookedAt"));
    assertTrue(of(results, "extended").contains("remain: 1 tensor"), of(results, "extended"));
  }

  /** Tests that run side by side with others that have objects. */
  static class SideBySide {
    private static void work() throws InterruptedException {
      for (int i = 0; i < 20; i++) {
        try (Arena arena = Arena.ofConfined()) {
          Tensor.of(arena, new float[] {1}, 1);
          Thread.sleep(2);
        }
      }
    }

    @NoLeaks
    @Test
    void looked() throws InterruptedException {
      work();
    }

    @Test
    void one() throws InterruptedException {
      work();
    }

    @Test
    void two() throws InterruptedException {
      work();
    }

    @Test
    void three() throws InterruptedException {
      work();
    }
  }

  @Test
  void othersDoNotRunBeside() {
    Map<String, String> results =
        run(
            SideBySide.class,
            "junit.jupiter.execution.parallel.enabled",
            "true",
            "junit.jupiter.execution.parallel.mode.default",
            "concurrent",
            "junit.jupiter.execution.parallel.config.strategy",
            "fixed",
            "junit.jupiter.execution.parallel.config.fixed.parallelism",
            "4");
    assertEquals(
        Map.of("looked", "passed", "one", "passed", "two", "passed", "three", "passed"), results);
  }
}
