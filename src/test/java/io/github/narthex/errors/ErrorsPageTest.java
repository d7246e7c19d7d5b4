package io.github.narthex.errors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.errors.ErrorCases.Made;
import io.github.narthex.errors.ErrorsPage.Message;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each message of {@code docs/errors.md} is one that is really made: a row that nothing makes
 * fails, and so does a row that says something else than what is made.
 */
@ExtendWith(LeakCheck.class)
class ErrorsPageTest {
  private static final Map<String, BiFunction<Arena, Path, ErrorCases>> SECTIONS =
      Map.ofEntries(
          Map.entry("Command line", CommandLineErrors::new),
          Map.entry("Model files", ModelFileErrors::new),
          Map.entry("Packages", PackageErrors::new),
          Map.entry("Bundles and configuration", BundleErrors::new),
          Map.entry("Files of tensors", TensorFileErrors::new),
          Map.entry("Directories of samples", SampleErrors::new),
          Map.entry("Calls", CallErrors::new),
          Map.entry("Export", ExportErrors::new),
          Map.entry("Operators", OperatorErrors::new),
          Map.entry("Traces", TraceErrors::new),
          Map.entry("Quantisation", QuantisationErrors::new),
          Map.entry("Pruning", PruningErrors::new),
          Map.entry("Several devices", SeveralDevicesErrors::new),
          Map.entry("Lifetimes and threads", LifetimeErrors::new),
          Map.entry("Measurements and searches", SearchErrors::new),
          Map.entry("Results", ResultErrors::new),
          Map.entry("Profiles", ProfileErrors::new),
          Map.entry("Set-up", SetUpErrors::new));

  /** What takes seconds, or a process that dies, and the test that makes it with these words. */
  private static final Map<String, String> ELSEWHERE =
      Map.of(
          "libnarthex.so was not found: …", "JarsTest",
          "no bundle was written; what was measured is in …", "cli/OptimizeTest",
          "… unpacks to more than 1 GiB and 100 times its own size; …", "io/HostileTensorFileTest",
          "took more than the limit of 10 MB", "bench/WorkerProcessTest",
          "no answer within 1 s to: Load", "bench/WorkerProcessTest",
          "ended by signal 9 (SIGKILL)", "bench/WorkerProcessTest",
          "its JVM ran out of memory", "bench/WorkerProcessTest",
          "ended by signal 11 (SIGSEGV)", "bench/CrashEvidenceTest",
          "SIGSEGV in …; report: …", "bench/CrashEvidenceTest",
          "killed by the kernel, which was out of memory", "bench/CrashEvidenceTest");

  /** Of two objects of one class that Python scripted; scripts of ours have a class each. */
  private static final Set<String> NOT_MADE =
      Set.of("the model's code sets 'weight' itself, which no mask can stand beside");

  @TempDir Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @TestFactory
  Stream<DynamicContainer> eachMessageIsMade() throws IOException {
    Map<String, List<Message>> page = ErrorsPage.read();
    assertEquals(SECTIONS.keySet(), page.keySet());
    return SECTIONS.entrySet().stream()
        .map(
            section -> {
              ErrorCases cases = section.getValue().apply(arena, folder);
              return dynamicContainer(
                  section.getKey(),
                  page.getOrDefault(section.getKey(), List.of()).stream()
                      .map(message -> dynamicTest(message.text(), () -> check(message, cases))));
            });
  }

  private static void check(Message message, ErrorCases cases) throws Exception {
    String text = message.text();
    if (NOT_MADE.contains(text)) {
      return;
    }
    String test = ELSEWHERE.get(text);
    if (test != null) {
      assertTrue(source(test).contains(message.longestPart()), test);
      return;
    }
    assertTrue(cases.messages().contains(text), () -> "no case makes it: " + text);
    Made made = cases.make(text);
    assertTrue(
        message.matches(made.message()),
        () -> "%nthe page has %s%nand made is   %s".formatted(text, made.message()));
    if (message.exception() != null) {
      assertEquals(message.exception(), made.exception());
    }
  }

  private static String source(String test) throws IOException {
    Path sources = Fixtures.path("").resolveSibling("java/io/github/narthex");
    return Files.readString(sources.resolve(test + ".java"));
  }

  /** A message that has left the page leaves its case, too. */
  @Test
  void noCaseIsLeft() throws IOException {
    Set<String> made = new TreeSet<>(ELSEWHERE.keySet());
    made.addAll(NOT_MADE);
    SECTIONS.values().forEach(section -> made.addAll(section.apply(arena, folder).messages()));
    ErrorsPage.read().values().stream()
        .flatMap(List::stream)
        .forEach(message -> made.remove(message.text()));
    assertEquals(Set.of(), made);
  }

  @Test
  void aPatternIsTheTextButForWhatIsLeftOut() {
    Message message = new Message("… takes 1 (…), got [2].", null);
    assertTrue(message.matches("forward takes 1 (int), got [2]."));
    assertFalse(message.matches("forward takes 1 (int), got [2]"));
    assertFalse(message.matches("forward takes 1 (int), got 2."));
    assertEquals("), got [2].", message.longestPart());
  }
}
