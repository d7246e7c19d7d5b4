package io.github.narthex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ModelFormatTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource({
    "models/mlp.pt, TORCHSCRIPT",
    "models/mlp-frozen.pt, TORCHSCRIPT",
    "models/mlp-traced.pt, TORCHSCRIPT",
    "formats/damaged-code.pt, TORCHSCRIPT",
    "formats/version99.pt, TORCHSCRIPT",
    "formats/truncated.pt, DAMAGED_ZIP",
    "formats/state_dict.pth, STATE_DICT",
    "formats/state_dict-protocol4.pth, STATE_DICT",
    "formats/checkpoint.pth, STATE_DICT",
    "formats/pickled-module.pth, PICKLED_MODULE",
    "formats/tensor.pth, PICKLED_DATA",
    "formats/legacy.pth, LEGACY_PICKLE",
    "formats/legacy-tar.pth, LEGACY_TAR",
    "formats/plain.pkl, PICKLE",
    "formats/torch-export.pt2, TORCH_EXPORT",
    "formats/aoti.pt2, AOT_INDUCTOR",
    "formats/model.onnx, ONNX",
    "formats/model.safetensors, SAFETENSORS",
    "formats/model.gguf, GGUF",
    "formats/other.zip, OTHER_ZIP",
    "models/mlp.input.0.npy, NPY",
    "models, DIRECTORY",
  })
  void knowsWhatPythonWrote(String name, ModelFormat format) {
    assertEquals(format, ModelFormat.detect(Fixtures.path(name)));
  }

  @ParameterizedTest
  @CsvSource({
    "'', EMPTY",
    "'version https://git-lfs.github.com/spec/v1\noid sha256:00\n', GIT_LFS_POINTER",
    "'\n<!DOCTYPE html><title>404</title>', WEB_PAGE",
    "'    TFL3', TENSORFLOW_LITE",
    "'PK\u0003\u0004', DAMAGED_ZIP",
    "x, UNKNOWN",
    "'just some text that is longer than all magic numbers', UNKNOWN",
  })
  void knowsByTheFirstBytes(String content, ModelFormat format) throws IOException {
    assertEquals(format, detect(content.getBytes(UTF_8)));
  }

  @Test
  void knowsOtherFrameworks() throws IOException {
    assertEquals(
        ModelFormat.KERAS, detect(zip("config.json", "metadata.json", "model.weights.h5")));
    assertEquals(ModelFormat.HDF5, detect(new byte[] {(byte) 0x89, 'H', 'D', 'F', 13, 10, 26, 10}));
    Files.writeString(folder.resolve("saved_model.pb"), "");
    assertEquals(ModelFormat.TENSORFLOW_SAVED_MODEL, ModelFormat.detect(folder));
    Files.createFile(folder.resolve("narthex.yaml"));
    assertEquals(ModelFormat.BUNDLE, ModelFormat.detect(folder));
  }

  @Test
  void doesNotTakeAnyLengthForSafetensors() throws IOException {
    byte[] hostile = {-1, -1, -1, -1, -1, -1, -1, 127, '{', '}', 0, 0};
    assertEquals(ModelFormat.UNKNOWN, detect(hostile));
  }

  @Test
  void takesAnArchiveWithAnUnreadableVersionForTorchScript() throws IOException {
    assertEquals(
        ModelFormat.TORCHSCRIPT,
        detect(zip("m/code/__torch__.py", "m/constants.pkl", "m/version")));
  }

  @Test
  void survivesEveryDamage() throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.path("models/mlp.pt"));
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] damaged = whole.clone();
      for (int j = 0; j < 20; j++) {
        // Most of what matters is in the directory at the end.
        int back = 1 + random.nextInt(i % 2 == 0 ? whole.length : 1200);
        damaged[whole.length - back] = (byte) random.nextInt();
      }
      assertNotNull(detect(damaged));
    }
  }

  @Test
  void namesAFileThatIsNotThere() {
    Path file = folder.resolve("none.pt");
    var e = assertThrows(ModelLoadException.class, () -> ModelFormat.detect(file));
    assertEquals("there is no file " + file, e.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void advisesInOneLine(ModelFormat format) {
    assertFalse(format.advice().isBlank());
    assertEquals(1, format.advice().lines().count());
    assertTrue(format.advice().length() < 300, format.advice());
  }

  private ModelFormat detect(byte[] content) throws IOException {
    return ModelFormat.detect(Files.write(folder.resolve("file"), content));
  }

  private static byte[] zip(String... names) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write('x');
      }
    }
    return bytes.toByteArray();
  }
}
