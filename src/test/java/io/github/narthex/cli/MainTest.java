package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Model;
import io.github.narthex.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as far as it needs no libtorch: help, and every mistake. */
class MainTest {
  @TempDir Path directory;

  private static void assertMistake(int code, String message, String... words) {
    Ran ran = Ran.run(words);
    assertAll(
        () -> assertEquals("narthex: " + message, ran.err().lines().findFirst().orElse("")),
        () -> assertEquals(code, ran.code()),
        () -> assertEquals("", ran.out()),
        () -> assertFalse(ran.err().contains("\tat "), "no stack trace: " + ran.err()));
  }

  private static void assertUsage(String message, String... words) {
    boolean known =
        words.length > 0
            && List.of("bench", "compare", "claims", "run", "inspect", "data").contains(words[0]);
    String help = " (see narthex " + (known ? words[0] + " " : "") + "--help)";
    assertMistake(2, message + help, words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bench", "compare", "claims", "run", "inspect", "data"})
  void helpOfEachCommand(String command) {
    Ran ran = Ran.run(command, "--help");
    assertEquals(0, ran.code());
    assertTrue(ran.out().contains("Usage: narthex " + command), ran.out());
    assertTrue(ran.out().contains("Exit codes:"), ran.out());
    assertEquals("", ran.err());
    assertEquals(ran, Ran.run("help", command));
    assertEquals(ran, Ran.run("--help", command));
    ran.out().lines().forEach(line -> assertTrue(line.length() <= 100, line));
  }

  @Test
  void generalHelpNamesEveryCommand() {
    Ran ran = Ran.run("--help");
    assertEquals(0, ran.code());
    Commands.ALL.forEach(spec -> assertTrue(ran.out().contains("  " + spec.name() + " ")));
    assertFalse(ran.out().contains("worker"), "what is not for people is not shown");
  }

  @ParameterizedTest
  @CsvSource({"--version,", "bench,--version", "run,--version", "inspect,--version"})
  void version(String first, String second) {
    Ran ran = second == null ? Ran.run(first) : Ran.run(first, second);
    assertEquals(new Ran(0, "narthex " + Version.NARTHEX + System.lineSeparator(), ""), ran);
  }

  @Test
  void commandMistakes() {
    assertUsage("no command given");
    assertUsage("unknown command bnech; did you mean bench?", "bnech");
    assertUsage("unknown command frobnicate", "frobnicate");
    assertUsage("a command is expected before option --quiet", "--quiet");
    assertUsage("run needs MODEL", "run");
    assertUsage("inspect needs MODEL", "inspect");
    assertUsage("unexpected argument 'b.pt'", "claims", "a.pt", "b.pt");
  }

  @Test
  void helpIsPointedAt() {
    assertTrue(Ran.run("bench", "--bogus").err().endsWith("(see narthex bench --help)\n"));
    assertTrue(Ran.run("bogus").err().endsWith("(see narthex --help)\n"));
  }

  @Test
  void valueMistakes() {
    assertUsage(
        "bad value '0' of --threads: expected a whole number from 1 to " + Model.MAX_THREADS,
        "bench",
        "--threads",
        "0");
    assertUsage(
        "bad value '-1' of --batch: expected a whole number from 1 to 2147483647",
        "bench",
        "--batch",
        "-1");
    assertUsage(
        "bad value '1.5' of --iterations: expected a whole number from 1 to 2147483647",
        "bench",
        "--iterations",
        "1.5");
    assertUsage(
        "bad value '0' of --duration: expected a number of seconds above 0",
        "bench",
        "--duration",
        "0");
    assertUsage(
        "bad value 'NaN' of --duration: expected a number of seconds above 0",
        "bench",
        "--duration",
        "NaN");
    assertUsage(
        "only one of --iterations and --duration can be given",
        "bench",
        "--duration",
        "1",
        "--iterations",
        "3");
    assertUsage(
        "bad value 'lots' of --max-error: expected a fraction such as 2% or 0.02",
        "bench", "--max-error", "lots");
    assertUsage(
        "bad value '-2%' of --max-error: expected a fraction such as 2% or 0.02",
        "bench", "--max-error", "-2%");
    assertUsage(
        "bad value of --device: unknown device 'tpu': expected cpu, cuda or cuda:N",
        "bench",
        "--device",
        "tpu");
    assertUsage(
        "only one of --json and --csv can be standard output", "bench", "--json=-", "--csv=-");
    assertUsage(
        "bad value of --input: bad input '1x-3' at position 3: expected a size of a dimension,"
            + " found '-3'",
        "bench",
        "--input",
        "1x-3");
  }

  @Test
  void dataMistakes() {
    assertUsage("data needs MODEL", "data", "--output", "d");
    assertUsage("data needs --output DIR", "data", "shapes-net");
    assertUsage(
        "bad value '0' of --count: expected a whole number from 1 to 1000000",
        "data",
        "shapes-net",
        "--count",
        "0");
    assertUsage(
        "only one of --data and --batch can be given: the batch of samples is in their files",
        "bench",
        "--data",
        directory.toString(),
        "--batch",
        "2");
  }

  @Test
  void emptyValues() {
    assertUsage("option --json needs a value, found an empty one: FILE", "run", "mlp", "--json=");
    assertUsage("option --csv needs a value, found an empty one: FILE", "bench", "--csv", "");
    assertUsage("option --input needs a value, found an empty one: SPEC", "run", "mlp", "--input=");
  }

  @Test
  void helpTellsWhatACommandCanDo() {
    String run = Ran.run("run", "--help").out();
    String bench = Ran.run("bench", "--help").out();
    assertTrue(run.contains("scalar:int64:16000..16000"), run);
    assertTrue(bench.contains("row with the reason"), bench);
    assertFalse(run.contains("row with the reason"), run);
  }

  @Test
  void recipeMistakes() {
    Ran ran = Ran.run("bench", "--recipe", "eager,frooze");
    assertEquals(2, ran.code());
    assertTrue(ran.err().contains("frooze"), ran.err());
  }

  @Test
  void devicesThatAreNotThereAreNamed() {
    String device = "cuda:99";
    for (String command : List.of("bench", "run")) {
      Ran ran = Ran.run(command, "mlp", "--quiet", "--device", device);
      assertEquals(6, ran.code());
      assertTrue(ran.err().contains("there is no device " + device), ran.err());
    }
    assertUsage("--device names cpu twice", "bench", "--device", "cpu,cpu");
    assertUsage(
        "--device cuda:0: onednn-graph and gpu do not go together: onednn-graph is for the CPU",
        "run",
        "mlp",
        "--device",
        "cuda",
        "--recipe",
        "onednn-graph");
  }

  @Test
  void modelThatIsNotThere() {
    assertMistake(
        3,
        "no such model: 'resnet5' is neither a file nor a built-in (mlp, shapes-net, lstm,"
            + " resnet18, resnet50, mobilenet-v2, vit-b-16, bert-base); did you mean resnet50?",
        "bench",
        "resnet5");
    assertMistake(
        3,
        directory + " is a directory, where the file of a TorchScript model was expected",
        "bench",
        directory.toString());
    assertMistake(3, "bad file name: Nul character not allowed: a\0b", "bench", "a\0b");
  }

  /** It takes more than models, and says what. */
  @Test
  void whatInspectDoesNotTake() throws IOException {
    Path text = Files.writeString(directory.resolve("notes.txt"), "not a model");
    assertMistake(
        3,
        text
            + " is of a format that is not known here; expected TorchScript, npy, npz, safetensors"
            + " or a file of torch.save",
        "inspect",
        text.toString());
    assertMistake(
        3,
        directory
            + " is a directory, where a file was expected: TorchScript, npy, npz, safetensors or a"
            + " file of torch.save",
        "inspect",
        directory.toString());
    String legacy = "src/test/resources/formats/legacy.pth";
    assertMistake(
        3,
        legacy
            + " is in the format that torch.save had before torch 1.6, a bare pickle that only"
            + " Python reads: load it there and save it again, tensors (a state_dict) with"
            + " torch.save, a model with torch.jit.trace(model.eval(), example).save(\"model.pt\")",
        "inspect",
        legacy);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "checkpoint.pth",
        "legacy-tar.pth",
        "legacy.pth",
        "model.gguf",
        "model.onnx",
        "model.safetensors",
        "other.zip",
        "pickled-module.pth",
        "plain.pkl",
        "state_dict.pth",
        "tensor.pth",
        "torch-export.pt2",
        "truncated.pt",
        "version99.pt"
      })
  void filesOfOtherFormatsAreRefusedBeforeAnyWork(String name) {
    String file = "src/test/resources/formats/" + name;
    Ran ran = Ran.run("bench", file);
    assertEquals(3, ran.code(), ran.err());
    assertTrue(ran.err().startsWith("narthex: " + file + " is "), ran.err());
    assertEquals(1, ran.err().lines().count(), ran.err());
  }

  @Test
  void resultThatCanNotBeWrittenIsFoundOutFirst() {
    assertMistake(
        7,
        "cannot write %s/no/r.json: there is no directory %s/no".formatted(directory, directory),
        "bench",
        "--json",
        directory + "/no/r.json");
    assertMistake(
        7,
        "cannot write %s: it is a directory".formatted(directory),
        "bench",
        "--csv",
        directory.toString());
  }

  @Test
  void stackTraceOnRequest() {
    assertTrue(Ran.run("bench", "resnet5", "--stack-trace").err().contains("\tat "));
  }
}
