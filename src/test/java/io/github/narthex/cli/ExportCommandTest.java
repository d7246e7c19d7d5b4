package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Fixtures;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Version;
import io.github.narthex.bundle.Bundle;
import io.github.narthex.bundle.BundleSpec;
import io.github.narthex.export.FakePython;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command with a Python made of a shell script. */
class ExportCommandTest {
  private static final String RESULT =
      """
      {"schema": "narthex.export/1", "output": "net.pt2", "file_bytes": 404820, "name": "model",
       "torch": "2.15.0", "seconds": {"load": 1.25, "compile": 20.5},
       "model": {"device": "cpu", "isa": "x86-64-v2",
        "inputs": [
         {"parameter": "x", "name": "ARGS[0]", "dtype": "float32",
          "shape": [{"name": "batch", "min": 1, "max": 16}, 8]},
         {"parameter": "n", "name": "ARGS[1]", "dtype": "int64",
          "shape": [{"expression": "2*batch", "min": 2, "max": null}]}],
        "outputs": [{"name": "RESULT[a]", "dtype": "float32", "shape": []},
         {"name": "RESULT[b]", "value": 5}],
        "compile_seconds": 20.5, "accuracy": {"max_abs": 0, "max_rel": 0.00125, "calls": 4}}}
      """;

  @TempDir Path directory = Path.of("");

  private Ran export(String script, String... words) throws IOException {
    Path python = FakePython.write(directory.resolve("python3"), Version.libtorch(), script);
    Files.writeString(directory.resolve("net.py"), "");
    return Ran.run(
        Stream.concat(
                Stream.of("export", "--python", python.toString(), "--output", output()),
                Stream.of(words))
            .toArray(String[]::new));
  }

  private String output() {
    return directory.resolve("net.pt2").toString();
  }

  private String answer() throws IOException {
    return "cat '%s'".formatted(Files.writeString(directory.resolve("answer.json"), RESULT));
  }

  @Test
  void lines() throws IOException {
    Ran ran = export(answer(), directory + "/net.py:Net", "--quiet");
    assertEquals(
        """
        package  net.pt2: 404.8 kB, model 'model' for cpu x86-64-v2, torch 2.15.0
        inputs   x batch(1..16)x8:float32, n 2*batch(2..):int64
        outputs  RESULT[a] scalar:float32, RESULT[b] 5
        error    0.13 % over 4 calls
        time     21.8 s, of which compiling 20.5 s
        """,
        ran.out());
    assertEquals(new Ran(0, ran.out(), ""), ran);
  }

  /** The package, and how it is run. */
  @Test
  void aBundleOfIt() throws IOException {
    Path fixture = Fixtures.path("packages/dynamic_batch.pt2");
    Path bundle = directory.resolve("b");
    Ran ran =
        export(
            "cp '%s' '%s' && ".formatted(fixture, output()) + answer(),
            directory + "/net.py:Net",
            "--input=4x8",
            "--threads=1",
            "--bundle",
            bundle.toString(),
            "--quiet");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("\nbundle   " + bundle + "\n"), ran.out());
    BundleSpec spec = BundleSpec.read(bundle);
    assertEquals("[4x8:float32]", spec.configuration().inputs().toString());
    assertEquals(0.02, spec.configuration().accuracy().maxError());
    assertEquals(new BundleSpec.Source(directory + "/net.py:Net", null), spec.model().source());
    try (Bundle open = Bundle.open(bundle);
        Arena arena = Arena.ofConfined()) {
      assertEquals(Threads.of(1), open.threads());
      Tensor input = Tensor.of(arena, new float[8], 1, 8);
      assertEquals(Shape.of(1, 4), open.predict(arena, input).shape());
    }
    Path taken = Files.writeString(directory.resolve("taken"), "mine");
    Ran refused = export("exit 1", directory + "/net.py:Net", "--bundle", taken.toString());
    assertEquals(ExitCode.OUTPUT, refused.code(), refused.err());
  }

  @Test
  void json() throws IOException {
    Ran ran = export(answer(), directory + "/net.py:Net", "--quiet", "--json", "-");
    assertEquals("narthex.export/1", ran.json().get("schema").getAsString());
    assertTrue(ran.json().get("bundle").isJsonNull());
  }

  /** A built-in goes to Python as TorchScript, with its inputs by the names of arguments. */
  @Test
  void builtin() throws IOException {
    Path words = directory.resolve("words");
    String script =
        "for word; do echo \"$word\"; done > '%s'; for last; do :; done; test -s \"$last\" && "
                .formatted(words)
            + answer();
    assertEquals(0, export(script, "mlp", "--quiet").code());

    List<String> said = Files.readAllLines(words);
    assertTrue(said.getLast().endsWith("/mlp.pt"), said.getLast());
    assertTrue(said.contains("--input=x=1x784:float32"), said.toString());
    assertTrue(Files.notExists(Path.of(said.getLast())), "the file is gone");
  }

  @Test
  void failures() throws IOException {
    Ran ran =
        export(
            "echo 'narthex-export: error compile AOTInductor failed' >&2; exit 5",
            directory + "/net.py:Net",
            "--quiet");
    assertEquals(new Ran(5, "", "narthex: AOTInductor failed\n"), ran);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--isa=avx2 | bad value 'avx2' of --isa: expected one of native, x86-64-v2, x86-64-v3,"
            + " x86-64-v4",
        "--dtype=int8 | bad value 'int8' of --dtype: expected one of float32, bfloat16, float16,"
            + " bfloat16-mixed, float16-mixed",
        "--device=tpu | bad value 'tpu' of --device: expected one of cpu, cuda",
        "--format=onnx | bad value 'onnx' of --format: expected one of aoti",
        "--timeout=soon | bad value of --timeout: expected a time such as 90s, 5m or 1h, found"
            + " 'soon'",
      })
  void mistakes(String option, String message) throws IOException {
    Ran ran = export("exit 1", directory + "/net.py:Net", option);
    assertEquals("narthex: " + message + " (see narthex export --help)", ran.err().strip());
    assertEquals(2, ran.code());
  }

  @Test
  void outputs() {
    assertEquals(
        "narthex: export needs --output FILE.pt2 (see narthex export --help)",
        Ran.run("export", "mlp").err().strip());
    assertEquals(
        "narthex: bad value 'net.pt' of --output: expected a name that ends in .pt2"
            + " (see narthex export --help)",
        Ran.run("export", "mlp", "--output", "net.pt").err().strip());
    assertEquals(7, Ran.run("export", "mlp", "--output", "/nowhere/net.pt2").code());
  }

  @Test
  void aSourceThatIsNotThere() {
    Ran ran = Ran.run("export", "resnet51", "--output", output());
    assertTrue(ran.err().startsWith("narthex: no such model: 'resnet51' is neither a file"));
    assertEquals(3, ran.code());
  }
}
