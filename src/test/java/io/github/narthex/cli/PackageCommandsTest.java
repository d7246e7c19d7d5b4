package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.FakePackage;
import io.github.narthex.Fixtures;
import io.github.narthex.ModelPackage;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands with an AOTInductor package. */
class PackageCommandsTest {
  private static final String FILE = Fixtures.path("packages/mixed.pt2").toString();
  private static final String TWO = Fixtures.path("packages/two_models.pt2").toString();
  private static final String OPTIONS = "[\"model=decoder\",\"runners=2\"]";

  @TempDir Path folder = Path.of("");

  @Test
  void inspectTellsOfOneWithoutLoadingIt() {
    Ran ran = Ran.run("inspect", FILE, "--json", "-");
    assertEquals(0, ran.code(), ran.err());
    JsonObject model =
        JsonParser.parseString(ran.out())
            .getAsJsonObject()
            .getAsJsonArray("models")
            .get(0)
            .getAsJsonObject();
    assertEquals("x86_64", model.get("machine").getAsString());
    assertEquals(3, model.getAsJsonArray("inputs").size());
    assertTrue(model.get("obstacle").isJsonNull());
    assertEquals("module", model.get("source").getAsString());
    assertEquals(1, model.getAsJsonObject("accuracy").get("calls").getAsInt());
    assertTrue(model.get("threads").isJsonNull());
    assertFalse(model.get("stateful").getAsBoolean());
    String text = Ran.run("inspect", FILE).out();
    assertTrue(text.contains("inputs      ARGS[0] x: float32 [2, 8]\n"), text);
    assertTrue(text.contains("KWARGS[scale] scale: float32 []\n"), text);
    assertTrue(text.contains("threads     as many as its caller has\n"), text);
    assertTrue(text.contains("error       0 of the largest value over 1 call, when"), text);
    assertTrue(text.contains("checked     before a call: count, structure, dtype, rank,"), text);
  }

  /** What it takes is what it says. */
  @Test
  void runNeedsNoInputs() {
    Ran ran = Ran.run("run", FILE, "--quiet");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("scores"), ran.out());
  }

  @Test
  void oneOfSeveralModels() {
    Ran unnamed = Ran.run("run", TWO, "--quiet");
    assertEquals(ExitCode.INPUT, unnamed.code());
    assertTrue(unnamed.err().contains("has several models, decoder, encoder: name one"));
    Ran run = Ran.run("run", TWO, "--package", "model=decoder", "--quiet");
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().startsWith("output 0: 2x8:float32"), run.out());
    Ran profile =
        Ran.run("profile", TWO, "--package=model=encoder", "--iterations=1", "--json=-", "--quiet");
    assertEquals(0, profile.code(), profile.err());
    assertEquals(
        "[\"model=encoder\"]",
        profile.json().getAsJsonObject("model").get("package_options").toString());
    Ran data =
        Ran.run(
            "data", TWO, "--package=model=decoder", "--count=2", "--output", folder + "/samples");
    assertEquals(0, data.code(), data.err());
    assertTrue(data.out().contains("2x4:float32"), data.out());
  }

  /** In worker processes, whose reports say how it was loaded. */
  @Test
  void benchAndLoadMeasureWhatIsNamed() {
    Ran bench =
        Ran.run(
            "bench",
            TWO,
            "--package=model=decoder",
            "--package=runners=2",
            "--threads=1x2",
            "--duration=0.1",
            "--quiet",
            "--json=-");
    assertEquals(0, bench.code(), bench.err());
    assertEquals("narthex.sweep/1", bench.json().get("schema").getAsString());
    JsonObject row = bench.json().getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals("ok", row.get("status").getAsString());
    assertEquals(2, row.get("instances").getAsInt());
    assertEquals("[\"code=2x4:float32\"]", row.get("inputs").toString());
    assertEquals(OPTIONS, options(bench));
    Ran load =
        Ran.run(
            "load",
            TWO,
            "--package=model=decoder",
            "--package=runners=2",
            "--concurrency=2",
            "--duration=0.2",
            "--quiet",
            "--json=-");
    assertEquals(0, load.code(), load.err());
    assertEquals(OPTIONS, options(load));
    JsonObject loaded = load.json().getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals(0, loaded.get("errors").getAsInt());
  }

  private static String options(Ran ran) {
    return ran.json().getAsJsonObject("model").get("package_options").toString();
  }

  @Test
  void verifyTakesThemForWhicheverIsAPackage() {
    String digest = ModelPackage.read(Path.of(FILE)).sha256();
    Ran other = Ran.run("verify", FILE, FILE, "--package=sha256=" + "0".repeat(64), "--quiet");
    assertEquals(ExitCode.INPUT, other.code());
    assertTrue(other.err().contains("is not one of the packages that may be loaded"), other.err());
    Ran same =
        Ran.run(
            "verify", FILE, FILE, "--package=sha256=" + digest, "--count=1", "--quiet", "--json=-");
    assertEquals(0, same.code(), same.err());
    for (String side : List.of("reference", "candidate")) {
      assertEquals(
          "[\"sha256=" + digest + "\"]",
          same.json().getAsJsonObject(side).get("package_options").toString());
    }
  }

  /** What it was compiled for is not looked at; that this is no code is found out all the same. */
  @Test
  void forceLeavesThePreFlightOut() throws IOException {
    String file = new FakePackage().spec("2.10.0", "\"avx4096\"").in(folder).toString();
    Ran checked = Ran.run("run", file);
    assertEquals(ExitCode.UNSUPPORTED, checked.code(), checked.err());
    Ran forced = Ran.run("run", file, "--package", "force");
    assertEquals(ExitCode.INPUT, forced.code(), forced.err());
    assertTrue(forced.err().contains("can't be loaded"), forced.err());
  }

  @Test
  void mistakesOfPackageOptions() {
    assertUsage(
        "--package is for AOTInductor packages (.pt2), which mlp is not",
        "bench",
        "mlp",
        "--package=force");
    assertUsage(
        "--package is for AOTInductor packages (.pt2), which mlp and lstm are not",
        "verify",
        "mlp",
        "lstm",
        "--package=force");
    assertUsage(
        "bad value of --package: unknown key 'modle'; did you mean model?; known here are model,"
            + " runners, single-threaded, sha256, force",
        "run",
        TWO,
        "--package",
        "modle=decoder");
    for (String[] words :
        new String[][] {
          {"bench", FILE, "--threads=1,1x2"},
          {"load", FILE, "--threads=1x2", "--concurrency=4"},
          {"soak", FILE, "--concurrency=2"}
        }) {
      assertUsage(
          "bad value of --package: single-threaded has no locks: it is for one call at a time, and"
              + " 2 would run side by side",
          Stream.concat(Arrays.stream(words), Stream.of("--package=single-threaded"))
              .toArray(String[]::new));
    }
  }

  /** A bundle with a package stands wherever a MODEL does. */
  @Test
  void bundles() throws IOException {
    Path file = Fixtures.path("packages/dynamic_batch.pt2");
    String bundle =
        Bundles.packaged(folder.resolve("b"), file, Run.of(Threads.parse("1x2"))).toString();
    Ran run = Ran.run("run", bundle, "--quiet");
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().startsWith("output 0: 1x4:float32"), run.out());
    Ran inspect = Ran.run("inspect", bundle);
    assertTrue(inspect.out().contains("inputs      ARGS[0] x: float32 [batch 1..16, 8]"));
    Ran bench =
        Ran.run("bench", bundle, "--duration=0.1", "--quiet", "--json=-", "--package=runners=1");
    assertEquals(0, bench.code(), bench.err());
    JsonObject row = bench.json().getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals("ok", row.get("status").getAsString());
    assertEquals(2, row.get("instances").getAsInt());
    assertEquals("[\"runners=1\"]", options(bench));
    Ran load = Ran.run("load", bundle, "--concurrency=2", "--duration=0.2", "--quiet", "--json=-");
    assertEquals(0, load.code(), load.err());
    Ran check = Ran.run("check", bundle, "--json=-");
    assertEquals(ExitCode.OK, check.code(), check.out() + check.err());
    List<String> met =
        check.json().getAsJsonArray("checks").asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(item -> item.get("status").getAsString().equals("met"))
            .map(item -> item.get("name").getAsString())
            .toList();
    assertTrue(
        met.containsAll(List.of("model file", "libtorch", "inputs said", "warm-up", "processor")),
        met.toString());
    for (String[] words :
        new String[][] {
          {"optimize", bundle, "--output", "c"},
          {"apply", bundle, "--recipe", "freeze", "--output", "x.pt"},
          {"export", bundle, "--output", "x.pt2"}
        }) {
      Ran refused = Ran.run(words);
      assertEquals(ExitCode.UNSUPPORTED, refused.code(), refused.err());
      assertTrue(refused.err().contains("/model.pt2 is an AOTInductor package"), refused.err());
    }
  }

  @Test
  void soak() {
    Ran ran =
        Ran.run(
            "soak",
            TWO,
            "--package=model=encoder",
            "--concurrency=3",
            "--minutes=0.2",
            "--max-latency-growth=100000%/h",
            "--max-memory-growth=1000GB/h",
            "--quiet",
            "--json=-");
    // On a busy machine there may be too few windows to tell.
    assertTrue(ran.code() == ExitCode.OK || ran.code() == ExitCode.UNSTABLE, ran.out() + ran.err());
    JsonObject workload = ran.json().getAsJsonObject("workload");
    assertEquals("[\"model=encoder\"]", workload.get("package_options").toString());
    assertEquals("[\"x=2x8:float32\"]", workload.get("inputs").toString());
    assertEquals(3, workload.get("callers").getAsInt());
    assertEquals(0, ran.json().get("errors").getAsLong());
    assertTrue(ran.json().get("calls").getAsLong() > 100);
  }

  @Test
  void checkJudgesOne() {
    Ran ran = Ran.run("check", TWO, "--package", "model=encoder", "--json", "-");
    assertEquals(ExitCode.OK, ran.code(), ran.err());
    assertEquals(0, ran.json().get("not_met").getAsInt(), ran.out());
    assertTrue(ran.out().contains("\"section\": \"package\""), ran.out());
    Ran unnamed = Ran.run("check", TWO);
    assertEquals(ExitCode.INPUT, unnamed.code());
    assertTrue(unnamed.err().contains("has several models"), unnamed.err());
  }

  private static void assertUsage(String message, String... words) {
    Ran ran = Ran.run(words);
    assertEquals(
        "narthex: %s (see narthex %s --help)".formatted(message, words[0]),
        ran.err().lines().findFirst().orElse(""));
    assertEquals(ExitCode.USAGE, ran.code());
  }

  @Test
  void recipesAreRefused() {
    String message =
        "narthex: "
            + FILE
            + " is an AOTInductor package, which is compiled code and can't be changed or saved"
            + " again: use the model it was compiled from";
    for (String[] words :
        new String[][] {
          {"optimize", FILE, "--output", "b"},
          {"apply", FILE, "--recipe", "freeze", "--output", "x.pt"},
          {"claims", FILE}
        }) {
      Ran ran = Ran.run(words);
      assertEquals(6, ran.code(), ran.err());
      assertTrue(ran.err().contains(message), ran.err());
    }
  }
}
