package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The workflow of {@code docs/ci.md} is one, and what it runs is there. */
class CiPageTest {
  private static final String PROGRAM = "narthex/bin/narthex";

  private static Map<?, ?> workflow() throws IOException {
    Matcher matcher =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("docs/ci.md")));
    assertTrue(matcher.find(), "there is no YAML");
    return map(
        new Load(LoadSettings.builder().build()).loadFromString(matcher.group(1)), "document");
  }

  private static Map<?, ?> map(Object value, String what) {
    return value instanceof Map<?, ?> map ? map : fail(what + " is no map: " + value);
  }

  private static Map<?, ?> fail(String message) {
    throw new AssertionError(message);
  }

  private static Map<?, ?> job(String name) throws IOException {
    return map(map(workflow().get("jobs"), "jobs").get(name), name);
  }

  private static List<Map<?, ?>> steps(String job) throws IOException {
    List<Map<?, ?>> steps = new ArrayList<>();
    if (job(job).get("steps") instanceof List<?> list) {
      list.forEach(step -> steps.add(map(step, "step")));
    }
    assertFalse(steps.isEmpty());
    return steps;
  }

  @Test
  void eachStepRunsOrUsesSomething() throws IOException {
    for (String job : List.of("bench", "comment")) {
      for (Map<?, ?> step : steps(job)) {
        assertTrue(step.containsKey("run") != step.containsKey("uses"), step::toString);
      }
    }
  }

  @Test
  void commandsAndOptionsExist() throws IOException {
    List<String> commands = new ArrayList<>();
    for (Map<?, ?> step : steps("bench")) {
      String line = step.get("run") instanceof String text ? text : "";
      if (line.contains(PROGRAM)) {
        List<String> words = new ArrayList<>(List.of(line.replace("'", "").split("\\s+", -1)));
        assertEquals(PROGRAM, words.removeFirst());
        String command = words.removeFirst();
        CommandSpec spec =
            Commands.ALL.stream()
                .filter(one -> one.name().equals(command))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no command " + command));
        Arguments arguments = Arguments.parse(spec, words);
        arguments.checkCount(spec);
        arguments.values("--fail-if").forEach(rule -> RuleArgument.parse(rule));
        if (command.equals("bench")) {
          var _ = Values.recipes(arguments.values("--recipe"));
          assertTrue(arguments.number("--iterations", 0, 1, Integer.MAX_VALUE) >= 662);
        }
        commands.add(command);
      }
    }
    assertEquals(List.of("bench", "bench", "compare"), commands);
  }

  /** What may write runs nothing of whoever opens the request. */
  @Test
  void theJobThatMayWriteChecksNothingOut() throws IOException {
    assertEquals("read", map(workflow().get("permissions"), "permissions").get("contents"));
    assertFalse(job("bench").containsKey("permissions"));
    for (Map<?, ?> step : steps("comment")) {
      assertFalse(step.toString().contains("checkout"), step::toString);
      assertFalse(step.toString().contains(PROGRAM), step::toString);
    }
  }
}
