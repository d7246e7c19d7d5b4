package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class ProfileCommandTest {
  @TempDir private Path directory;

  private static final String MODEL = Fixtures.path("models/convnet.pt").toString();

  private static Ran run(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("profile", MODEL, "--input", "2x3x32x32", "--iterations", "6"));
    arguments.addAll(List.of(more));
    return Ran.run(arguments.toArray(String[]::new));
  }

  @Test
  void showsWhereTimeGoes() {
    Ran run = run("--quiet");
    assertEquals(0, run.code(), run::err);
    for (String part :
        List.of("aten::convolution", "forward ", "copy out", "weights ", "processors busy")) {
      assertTrue(run.out().contains(part), run::out);
    }
    assertEquals("", run.err());
  }

  @Test
  void jsonAddsUp() {
    Ran run = run("--quiet", "--json", "-", "--memory");
    JsonObject document = run.json();
    assertEquals("narthex.profile/1", document.get("schema").getAsString());
    double share = 0;
    double selfMs = 0;
    for (JsonElement row : document.getAsJsonArray("operators")) {
      share += row.getAsJsonObject().get("self_share").getAsDouble();
      selfMs += row.getAsJsonObject().get("self_ms").getAsDouble();
    }
    assertEquals(1, share, 1e-9);
    assertTrue(selfMs <= document.get("profiled_ms").getAsDouble());
    assertEquals(6, document.getAsJsonObject("workload").get("iterations").getAsInt());
    JsonObject crossing = document.getAsJsonArray("data_path").get(0).getAsJsonObject();
    assertTrue(crossing.get("copied").getAsBoolean());
    assertTrue(crossing.get("site").getAsString().contains("ProfileRun"));
  }

  @Test
  void groupsSortsAndLimits() {
    assertTrue(run("--quiet", "--group-by", "shape").out().contains("[[2, 3, 32, 32], ["));
    Ran ranges = run("--quiet", "--group-by", "range");
    assertTrue(ranges.out().contains("request / forward"), ranges::out);
    Ran limited = run("--quiet", "--limit", "1", "--sort", "calls");
    assertTrue(limited.out().contains("more with"), limited::out);
  }

  @Test
  void writesTheTraceAndTheRows() throws IOException {
    Path trace = directory.resolve("t.json");
    Path csv = directory.resolve("p.csv");
    Ran run = run("--quiet", "--trace", trace.toString(), "--csv", csv.toString());
    assertEquals(0, run.code(), run::err);
    assertTrue(Files.readString(trace).contains("traceEvents"));
    assertTrue(Files.readString(csv).startsWith("name,calls,iterations,self_ns"));
  }

  @Test
  void refusesWhatCannotBe() {
    Ran grouping = run("--group-by", "colour");
    assertEquals(2, grouping.code());
    assertTrue(
        grouping
            .err()
            .contains(
                "bad value 'colour' of --group-by: expected one of operator, shape, module, range"),
        grouping::err);
    Ran trace = run("--quiet", "--trace", directory.resolve("no/t.json").toString());
    assertEquals(7, trace.code());
    assertTrue(trace.err().contains("there is no directory"), trace::err);
    assertFalse(trace.err().contains("\tat "), trace::err);
  }
}
