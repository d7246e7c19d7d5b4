package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
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

  @Test
  void libraryThatIsNotThere() {
    String errors =
        forked()
            .option("-Dnarthex.library=/nowhere/libnarthex.so")
            .run(Misuse.class, "load")
            .assertExit(1)
            .errors();
    assertTrue(
        errors.contains(
            "NativeLibraryException: -Dnarthex.library names /nowhere/libnarthex.so, which is not"
                + " there"),
        errors);
  }

  /** The shim finds no libtorch at its place, and none is beside it. */
  @Test
  void libtorchThatIsNotThere() throws IOException {
    Path library = folder.resolve("libnarthex.so");
    Files.copy(Path.of(System.getProperty("narthex.library", "")), library);
    Files.writeString(
        folder.resolve("narthex-native.properties"),
        "libtorch.lib=" + folder + "\nlibtorch.version=2.15.0\n");
    String errors =
        forked()
            .option("-Dnarthex.library=" + library)
            .run(Misuse.class, "load")
            .assertExit(1)
            .errors();
    assertTrue(
        errors.contains(
            "NativeLibraryException: %s can't be loaded: Can't load library: %s (is its libtorch still there?)"
                .formatted(library, folder.resolve("libc10.so"))),
        errors);
  }

  /** JDK 24 and later warn; a later one is to refuse. */
  @Test
  void withoutNativeAccess() {
    ForkedJvm.Outcome warned = forked().withoutNativeAccess().run(Misuse.class, "load");
    warned.assertExit(0);
    assertTrue(warned.errors().contains("--enable-native-access=ALL-UNNAMED"), warned.errors());
    String refused =
        forked()
            .withoutNativeAccess()
            .option("--illegal-native-access=deny")
            .run(Misuse.class, "load")
            .assertExit(1)
            .errors();
    assertTrue(
        refused.contains(
            "NativeLibraryException: Java refuses native access: start it with"
                + " --enable-native-access=ALL-UNNAMED"),
        refused);
  }
}
