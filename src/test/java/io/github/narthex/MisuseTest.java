package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Misuse ends in an exception that says what is wrong, never in a dead JVM. */
class MisuseTest {
  private static final int USES = 38;

  @TempDir Path folder = Path.of("");

  private ForkedJvm forked() {
    return new ForkedJvm(folder).option("-Dmlp=" + Fixtures.path("models/mlp.pt"));
  }

  private List<String> attempts(String name) {
    return forked().run(Misuse.class, name).assertExit(0).output().lines().toList();
  }

  @Test
  void closedObjects() {
    List<String> lines = attempts("closed");
    assertEquals(2 * USES, lines.size(), () -> String.join("\n", lines));
    for (String line : lines) {
      // The last is the JDK's own, for segments.
      assertTrue(
          line.matches(
              "[a-zA-Z. ]+: IllegalStateException: "
                  + "(the (tensor|model|session|trace) is closed: its arena was closed"
                  + "|the arena is closed|Already closed)"),
          line);
    }
    assertTrue(
        lines.contains(
            "tensor.shape: IllegalStateException: the tensor is closed: its arena was closed"));
    assertTrue(lines.contains("model.load: IllegalStateException: the arena is closed"));
  }

  @Test
  void objectsOfAnotherThread() {
    List<String> lines = attempts("thread");
    assertEquals(2 * USES, lines.size(), () -> String.join("\n", lines));
    for (String line : lines) {
      assertTrue(
          line.matches(
              "[a-zA-Z. ]+: WrongThreadException: (the (tensor|model|session|trace) belongs to a"
                  + " confined arena of another thread; use Arena.ofShared\\(\\) to share it|the"
                  + " arena is confined to another thread|Attempted access outside owning thread)"),
          line);
    }
  }

  @Test
  void sessionOfTwoThreads() {
    assertTrue(
        attempts("session")
            .getFirst()
            .matches(
                "two threads: IllegalStateException:"
                    + " (another thread is using the session: open one session for each thread"
                    + "|.*closed.*)"));
  }

  /** JDK 24 and later warn; what is said where they refuse is on the page of errors. */
  @Test
  void withoutNativeAccess() {
    ForkedJvm.Outcome warned = forked().withoutNativeAccess().run(Misuse.class, "load");
    warned.assertExit(0);
    assertTrue(warned.errors().contains("--enable-native-access=ALL-UNNAMED"), warned.errors());
  }
}
