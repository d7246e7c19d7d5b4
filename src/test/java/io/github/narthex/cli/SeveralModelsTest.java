package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.narthex.Fixtures;
import io.github.narthex.ModelLoadException;
import io.github.narthex.bench.Models;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code bench} makes of more than one MODEL. */
class SeveralModelsTest {
  private static final String FILE = "src/test/resources/models/mlp.pt";

  private static List<Models.Entry> entries(String... words) {
    return SeveralModels.entries(Arguments.parse(Commands.BENCH, List.of(words)));
  }

  private static void assertRefused(String message, String... words) {
    assertEquals(message, assertThrows(UsageException.class, () -> entries(words)).getMessage());
  }

  @Test
  void eachHasItsInputs() {
    List<Models.Entry> entries =
        entries(
            "resnet18",
            FILE,
            "mobilenet-v2",
            "--input=resnet18=1x3x64x64",
            "--input",
            FILE + "=x=2x8",
            "--input=1x3x32x32");
    assertEquals(
        List.of(List.of("1x3x64x64"), List.of("x=2x8"), List.of("1x3x32x32")),
        entries.stream().map(entry -> entry.task().inputs()).toList());
    assertEquals(
        List.of("resnet18", FILE, "mobilenet-v2"),
        entries.stream().map(entry -> entry.task().model()).toList());
  }

  @Test
  void whatIsNoModelIsARow() {
    List<Models.Entry> entries = entries("resnet18", "src/test/resources/models/mlp.input.0.npy");
    assertNull(entries.getFirst().obstacle());
    assertNotNull(entries.getLast().obstacle());
    assertEquals(3, codeOf("bench", "resnet18", "nowhere.pt"), "a name that is mistyped is not");
    assertThrows(ModelLoadException.class, () -> entries("resnet18", "nowhere.pt"));
  }

  private static int codeOf(String... words) {
    return Ran.run(words).code();
  }

  @Test
  void packageOptionsAreForPackages() {
    String file = Fixtures.path("packages/plain.pt2").toString();
    List<Models.Entry> entries = entries("resnet18", file, "--package=force");
    assertEquals(
        List.of(List.of(), List.of("force")),
        entries.stream().map(entry -> entry.task().packageOptions().texts()).toList());
    assertRefused(
        "--package is for AOTInductor packages (.pt2), which resnet18 and mlp are not",
        "resnet18",
        "mlp",
        "--package=force");
  }

  @Test
  void mistakes() {
    assertRefused("model resnet18 is given twice", "resnet18", "mlp", "resnet18");
    assertRefused("model ./" + FILE + " is given twice", FILE, "./" + FILE);
    String one =
        "several batches, settings of threads or instances are measured for one MODEL only";
    assertRefused(one, "mlp", "lstm", "--batch=1,2");
    assertRefused(one, "mlp", "lstm", "--threads=1x2");
    assertRefused("--html and --markdown are of one MODEL only", "mlp", "lstm", "--html=a.html");
    assertRefused(
        "bad value of --input: bad input '1x-3' at position 3: expected a size of a dimension,"
            + " found '-3'",
        "mlp",
        "lstm",
        "--input=mlp=1x-3");
  }

  @Test
  void announcement() {
    assertEquals(
        "2 models, one after the other, in about 4 min",
        SeveralModels.announcement(entries("mlp", "lstm")));
    assertEquals(
        "2 models, one after the other",
        SeveralModels.announcement(entries("mlp", "lstm", "--duration=1")));
  }
}
