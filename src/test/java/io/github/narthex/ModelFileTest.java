package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Model files: loaded, refused, saved. */
@ExtendWith(LeakCheck.class)
class ModelFileTest {
  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Model load(String name) {
    return Model.load(arena, Fixtures.path(name));
  }

  @ParameterizedTest
  @CsvSource({
    "truncated.pt, truncated or damaged",
    "version99.pt, a newer libtorch",
    "damaged-code.pt, expected",
    "state_dict.pth, weights without the model's code",
    "state_dict-protocol4.pth, weights without the model's code",
    "checkpoint.pth, weights without the model's code",
    "pickled-module.pth, a pickled Python module",
    "tensor.pth, 'data saved by torch.save (tensors'",
    "legacy.pth, in the format that torch.save had before torch 1.6",
    "legacy-tar.pth, in the format that torch.save had before torch 0.1.10",
    "plain.pkl, a Python pickle that torch.save did not write",
    "torch-export.pt2, a torch.export program",
    "aoti.pt2, file too short",
    "model.onnx, an ONNX model",
    "model.safetensors, (safetensors)",
    "model.gguf, a GGUF file",
    "other.zip, a zip that is not a TorchScript archive",
  })
  void saysWhatOtherFilesAre(String name, String part) {
    ModelLoadException e =
        assertThrowsWith(ModelLoadException.class, part, () -> load("formats/" + name));
    assertTrue(String.valueOf(e.getMessage()).contains(name), e.getMessage());
  }

  @Test
  void everyForeignFileIsTried() throws IOException {
    try (Stream<Path> files = Files.list(Fixtures.path("formats"))) {
      for (Path file : files.toList()) {
        assertThrows(ModelLoadException.class, () -> Model.load(arena, file), file::toString);
      }
    }
  }

  @Test
  void missingFilesAndFolders() throws IOException {
    assertThrowsWith(ModelLoadException.class, "there is no file", () -> load("models/nothing.pt"));
    assertThrowsWith(ModelLoadException.class, "a directory", () -> load("models"));
    Path empty = Files.createFile(folder.resolve("empty.pt"));
    assertThrowsWith(ModelLoadException.class, "an empty file", () -> Model.load(arena, empty));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "mlp-traced", "mlp-frozen"})
  void savedModelsLoadAgain(String name) {
    Tensor x = Tensor.of(arena, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 8);
    Model model = load("models/" + name + ".pt");
    Path file = folder.resolve("ü model.pt");
    model.save(file);
    Model again = Model.load(arena, file);
    assertArrayEquals(
        model.forward(arena, x).toFloatArray(), again.forward(arena, x).toFloatArray());
    assertEquals(model.parameters(), again.parameters());
    assertEquals(model.methods().getFirst().arguments(), again.methods().getFirst().arguments());
  }

  @Test
  void changedModelsLoadAgain() {
    Tensor x = Tensor.of(arena, new float[3 * 32 * 32], 1, 3, 32, 32);
    Model model = load("models/convnet.pt");
    float[] expected = model.forward(arena, x).toFloatArray();
    for (Model changed :
        List.of(model.freeze(arena), model.channelsLast(arena), model.eval(arena))) {
      changed.save(folder.resolve("changed.pt"));
      Model again = Model.load(arena, folder.resolve("changed.pt"));
      assertArrayEquals(expected, again.forward(arena, x).toFloatArray(), 1e-5f);
    }
    // How it is run is in the file: it takes float32, as before.
    model.bfloat16(arena).save(folder.resolve("bf16.pt"));
    Model bfloat16 = Model.load(arena, folder.resolve("bf16.pt"));
    assertArrayEquals(expected, bfloat16.forward(arena, x).toFloatArray(), 0.05f);
  }

  @Test
  void stateIsSaved() {
    Model model = load("models/keeps-input.pt");
    model.forward(arena, Tensor.of(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    model.save(folder.resolve("state.pt"));
    assertArrayEquals(
        new float[] {1, 2, 3, 4, 5, 6},
        Model.load(arena, folder.resolve("state.pt"))
            .forward(arena, Tensor.of(arena, new float[6], 2, 3))
            .toFloatArray());
  }

  @Test
  void savingReplacesAFileAndLeavesNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("model.pt"), "old");
    load("models/mlp.pt").save(file);
    Model.load(arena, file);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
    Path other = Files.createFile(folder.resolve("other"));
    assertEquals(Files.getPosixFilePermissions(other), Files.getPosixFilePermissions(file));
  }

  /** libtorch would write a file that nothing can read. */
  @Test
  void packedWeightsAreNotSaved() throws IOException {
    Model packed = load("models/convnet.pt").optimizeForInference(arena);
    Path file = Files.writeString(folder.resolve("model.pt"), "old");
    assertThrowsWith(
        UnsupportedException.class, "the model's weights are in oneDNN's", () -> packed.save(file));
    assertEquals("old", Files.readString(file));
  }

  @Test
  void placesThatCanNotBeWritten() throws IOException {
    Model model = load("models/mlp.pt");
    assertThrowsWith(
        UncheckedIOException.class,
        "there is no directory " + folder.resolve("nowhere"),
        () -> model.save(folder.resolve("nowhere/model.pt")));
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThrowsWith(UncheckedIOException.class, "it is a directory", () -> model.save(empty));
    assertTrue(Files.isDirectory(empty));
    // A folder in its place: what is in it stays.
    Path inside = Files.createDirectory(folder.resolve("model.pt")).resolve("inside");
    Files.writeString(inside, "old");
    assertThrowsWith(
        UncheckedIOException.class, "can't save", () -> model.save(folder.resolve("model.pt")));
    assertEquals("old", Files.readString(inside));
    assertThrowsWith(
        UncheckedIOException.class, "can't save", () -> model.save(Path.of("/dev/null/model.pt")));
    assertThrowsWith(UncheckedIOException.class, "can't save", () -> model.save(Path.of("/")));
    try (Stream<Path> files = Files.list(folder)) {
      assertFalse(files.anyMatch(file -> file.toString().endsWith(".part")));
    }
  }
}
