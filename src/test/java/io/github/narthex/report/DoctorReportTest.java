package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.Version;
import io.github.narthex.doctor.Check;
import io.github.narthex.doctor.Diagnosis;
import io.github.narthex.doctor.Finding;
import io.github.narthex.doctor.Section;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorReportTest {
  private static final Finding OK = new Finding(Finding.Status.OK, "fine", "");
  private static final Finding WARNING =
      new Finding(
          Finding.Status.WARNING,
          "a rather long sentence about what was found, so that it needs more than one line of"
              + " text",
          "do this or that");
  private static final Finding ERROR =
      new Finding(Finding.Status.ERROR, "it is missing\ntried:\n  here", "get it");

  private static Diagnosis diagnosis(Finding... findings) {
    List<Check> checks =
        java.util.Arrays.stream(findings).map(finding -> new Check("thing", finding)).toList();
    return new Diagnosis(
        List.of(
            new Section("first", checks),
            new Section("second", List.of(new Check("A_VARIABLE_WITH_A_LONG_NAME", OK)))));
  }

  @Test
  void table() {
    assertEquals(
        """
        first
          ok       thing                 fine
          warning  thing                 a rather long sentence about what was found, so that it needs more
                                         than one line of text
                                         -> do this or that
          error    thing                 it is missing
                                         tried:
                                         here
                                         -> get it
        second
          ok       A_VARIABLE_WITH_A_LONG_NAME
                                         fine

        1 error, 1 warning.
        """,
        DoctorTable.text(diagnosis(OK, WARNING, ERROR)));
  }

  @Test
  void summaries() {
    assertTrue(DoctorTable.text(diagnosis(OK)).endsWith("\nNothing is wrong.\n"));
    assertTrue(DoctorTable.text(diagnosis(WARNING, WARNING)).endsWith("\n0 errors, 2 warnings.\n"));
    DoctorTable.text(diagnosis(OK, WARNING, ERROR))
        .lines()
        .forEach(line -> assertTrue(line.length() <= 100, line));
  }

  @Test
  void json() {
    JsonObject document = DoctorJson.of(diagnosis(OK, WARNING, ERROR));

    assertEquals("narthex.doctor/1", document.get("schema").getAsString());
    assertEquals(Version.NARTHEX, document.get("narthex").getAsString());
    assertEquals("error", document.get("status").getAsString());
    assertEquals(1, document.get("errors").getAsInt());
    assertEquals(1, document.get("warnings").getAsInt());
    JsonArray checks = document.getAsJsonArray("checks");
    assertEquals(4, checks.size());
    assertEquals(
        "{\"section\":\"first\",\"name\":\"thing\",\"status\":\"ok\",\"found\":\"fine\","
            + "\"advice\":null}",
        checks.get(0).toString());
    assertEquals("do this or that", checks.get(1).getAsJsonObject().get("advice").getAsString());
    assertEquals("second", checks.get(3).getAsJsonObject().get("section").getAsString());
  }

  @Test
  void theWorstCounts() {
    assertEquals(Finding.Status.OK, diagnosis(OK).worst());
    assertEquals(Finding.Status.WARNING, diagnosis(OK, WARNING).worst());
    assertEquals(Finding.Status.ERROR, diagnosis(ERROR, WARNING).worst());
  }
}
