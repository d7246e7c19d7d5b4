package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  private static Arguments parse(String... words) {
    return Arguments.parse(Commands.BENCH, List.of(words));
  }

  private static String error(String... words) {
    return String.valueOf(assertThrows(UsageException.class, () -> parse(words)).getMessage());
  }

  @Test
  void valuesInEitherForm() {
    Arguments arguments =
        parse("--threads", "2", "m.pt", "--json=-", "--quiet", "--input", "a", "--input=b=1x3");
    assertEquals(List.of("m.pt"), arguments.positional());
    assertEquals("2", arguments.value("--threads"));
    assertEquals("-", arguments.value("--json"));
    assertEquals(List.of("a", "b=1x3"), arguments.values("--input"));
    assertTrue(arguments.has("--quiet"));
    assertFalse(arguments.has("--csv"));
    assertNull(arguments.value("--csv"));
    assertEquals("x", arguments.value("--csv", "x"));
  }

  @Test
  void dashIsAValueAndAnArgument() {
    assertEquals("-", parse("--json", "-").value("--json"));
    assertEquals(List.of("-"), parse("-").positional());
  }

  @Test
  void negativeNumberIsAValue() {
    assertEquals(-3, parse("--seed", "-3").number("--seed", 0, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  @Test
  void afterTheEndOfOptionsAllAreArguments() {
    assertEquals(List.of("--json"), parse("--", "--json").positional());
  }

  @Test
  void mistakes() {
    assertEquals(
        "unknown option --itertions; did you mean --iterations?", error("--itertions", "3"));
    assertEquals("unknown option --iter; did you mean --iterations?", error("--iter=3"));
    assertEquals("unknown option --xyzzy", error("--xyzzy"));
    assertEquals("unknown option -q", error("-q"));
    assertEquals("option --json needs a value: FILE", error("--json"));
    assertEquals("option --json needs a value: FILE", error("--json", "--quiet"));
    assertEquals("option --quiet takes no value", error("--quiet=yes"));
    assertEquals("option --threads is given twice", error("--threads", "1", "--threads", "2"));
  }

  @Test
  void numbers() {
    assertEquals(7, parse().number("--threads", 7, 1, 9));
    assertEquals(
        "bad value '0' of --threads: expected a whole number from 1 to 9",
        assertThrows(UsageException.class, () -> parse("--threads=0").number("--threads", 7, 1, 9))
            .getMessage());
    assertEquals(
        "bad value 'two' of --batch: expected a whole number from 1 up",
        assertThrows(
                UsageException.class,
                () -> parse("--batch=two").number("--batch", 0, 1, Long.MAX_VALUE))
            .getMessage());
  }
}
