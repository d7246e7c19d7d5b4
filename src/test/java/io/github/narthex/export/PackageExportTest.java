package io.github.narthex.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.gson.JsonObject;
import io.github.narthex.InputException;
import io.github.narthex.ModelFormat;
import io.github.narthex.OperatorException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Version;
import io.github.narthex.internal.text.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports by a real Python; skipped where there is none with libtorch's version of torch. */
class PackageExportTest {
  private static Exporter exporter = new Exporter(new Python(Path.of(""), "", ""), Duration.ZERO);

  @TempDir Path directory = Path.of("");

  @BeforeAll
  static void findPython() {
    try {
      Python python = Python.forLibtorch(null, System.getenv(), Version.libtorch());
      exporter = new Exporter(python, Duration.ofMinutes(10));
    } catch (UnsupportedException e) {
      abort("no package can be made here: " + e.getMessage());
    }
  }

  private static Path resource(String name) {
    return Path.of("src/test/resources").resolve(name);
  }

  private ExportTask task(String source, String... inputs) {
    return ExportTask.of(source, directory.resolve("made.pt2"), List.of(inputs));
  }

  private JsonObject export(ExportTask task) {
    JsonObject result = exporter.run(task, ExportProgress.SILENT);
    assertEquals(ModelFormat.AOT_INDUCTOR, ModelFormat.detect(task.output()));
    return result.getAsJsonObject("model");
  }

  private Path module(String code) throws IOException {
    return Files.writeString(directory.resolve("net.py"), "import torch\n" + code);
  }

  /** Torch 2.12 and those before compile for this machine only. */
  private static boolean compilesForLevels() {
    return Versions.compareMinor(Version.libtorch(), "2.13") >= 0;
  }

  @Test
  void moduleWithADynamicDimension() throws IOException {
    Path file =
        module(
            """
            class Net(torch.nn.Module):
                def forward(self, x, ids, *, scale: float = 2.0):
                    return {"y": torch.relu(x) * scale, "n": ids + 1}
            """);
    ExportTask plain =
        task(file + ":Net", "1x4", "ids=1x2:int64:0..9", "scale=scalar:float32:3..3");
    ExportTask task =
        new ExportTask(
            plain.source(),
            plain.output(),
            plain.inputs(),
            List.of("batch:x.0,ids.0=1..8"),
            null,
            false,
            false,
            compilesForLevels() ? "x86-64-v2" : "native",
            0,
            "cpu",
            "net",
            false,
            1e-6,
            0,
            List.of());
    JsonObject model = export(task);

    if (compilesForLevels()) {
      assertEquals("none", model.get("vector").getAsString());
    }
    assertEquals("[{\"name\":\"batch\",\"min\":1,\"max\":8},4]", shape(model, "inputs", 0));
    assertEquals("[{\"name\":\"batch\",\"min\":1,\"max\":8},2]", shape(model, "inputs", 1));
    assertEquals("RESULT[n]", item(model, "outputs", 1).get("name").getAsString());
    assertEquals("int64", item(model, "outputs", 1).get("dtype").getAsString());
    assertEquals("KWARGS[scale]", item(model, "fixed", 0).get("name").getAsString());
    assertEquals(3, item(model, "fixed", 0).get("value").getAsDouble());
    assertEquals(4, model.getAsJsonObject("accuracy").get("calls").getAsInt());
  }

  @Test
  void torchScript() {
    JsonObject model = export(task(resource("models/mlp.pt").toString(), "2x8"));
    assertEquals("torchscript", model.get("source").getAsString());
    assertTrue(model.getAsJsonObject("accuracy").get("max_rel").getAsDouble() < 1e-5);
  }

  @Test
  void inputsThatDoNotFit() {
    ExportTask task = task(resource("models/mlp.pt").toString(), "2x4");
    InputException thrown =
        assertThrows(InputException.class, () -> exporter.run(task, ExportProgress.SILENT));
    String message = String.valueOf(thrown.getMessage());
    assertTrue(
        message.startsWith("the model does not run on these inputs: RuntimeError: "), message);
    assertTrue(
        message.endsWith("mat1 and mat2 shapes cannot be multiplied (2x4 and 8x16)"), message);
  }

  @Test
  void savedProgram() {
    JsonObject model = export(task(resource("packages/program.pt2").toString()));
    assertEquals("program", model.get("source").getAsString());
    assertEquals("[2,8]", shape(model, "inputs", 0));
  }

  /** Random numbers are others in each, so that nothing can agree with it. */
  @Test
  void wrongAnswersAreToldAndNotWritten() throws IOException {
    Path file =
        module(
            """
            class Net(torch.nn.Module):
                def forward(self, x):
                    return x + torch.rand(4)
            """);
    ExportTask task = task(file + ":Net", "4");
    OperatorException thrown =
        assertThrows(OperatorException.class, () -> exporter.run(task, ExportProgress.SILENT));
    assertTrue(
        String.valueOf(thrown.getMessage()).startsWith("the package's answers are wrong: output 0"),
        thrown.getMessage());
    assertTrue(Files.notExists(task.output()));
  }

  private static JsonObject item(JsonObject model, String list, int index) {
    return model.getAsJsonArray(list).get(index).getAsJsonObject();
  }

  private static String shape(JsonObject model, String list, int index) {
    return item(model, list, index).get("shape").toString();
  }
}
