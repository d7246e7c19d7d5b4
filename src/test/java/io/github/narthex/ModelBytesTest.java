package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Models from memory and streams, on a device, with other files beside them. */
@ExtendWith(LeakCheck.class)
class ModelBytesTest {
  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(Fixtures.path(name));
  }

  private float[] answer(Model model) {
    float[] values = new float[16];
    for (int i = 0; i < values.length; i++) {
      values[i] = i - 7.5f;
    }
    return model.forward(arena, Tensor.of(arena, values, 2, 8)).toFloatArray();
  }

  private float[] expected() {
    return answer(Model.load(arena, Fixtures.path("models/mlp.pt")));
  }

  @Test
  void fromAnArray() throws IOException {
    byte[] bytes = bytes("models/mlp.pt");
    assertArrayEquals(expected(), answer(Model.load(arena, bytes, Device.CPU)));
  }

  /** Read in place, up to its last byte and not beyond; then it may go. */
  @Test
  void fromNativeMemory() throws IOException {
    byte[] bytes = bytes("models/mlp.pt");
    Model model;
    try (Arena passing = Arena.ofConfined()) {
      MemorySegment memory = GuardedMemory.atEnd(passing, bytes.length);
      memory.copyFrom(MemorySegment.ofArray(bytes));
      model = Model.load(arena, memory.asReadOnly(), Device.CPU);
      memory.fill((byte) 0x55);
    }
    assertArrayEquals(expected(), answer(model));
  }

  @Test
  void fromAMappedFile() throws IOException {
    Model model;
    try (Arena passing = Arena.ofConfined();
        FileChannel file = FileChannel.open(Fixtures.path("models/mlp.pt"))) {
      model =
          Model.load(
              arena, file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), passing), Device.CPU);
    }
    assertArrayEquals(expected(), answer(model));
  }

  @Test
  void fromAStream() throws IOException {
    try (InputStream in = Files.newInputStream(Fixtures.path("models/mlp.pt"))) {
      assertArrayEquals(expected(), answer(Model.load(arena, in, Device.CPU)));
      assertEquals(-1, in.read());
    }
    // One that gives a few bytes at a time, does not say how many it has, and goes on beyond the
    // first megabyte.
    Model big = Model.load(arena, Fixtures.path("models/mlp.pt"));
    byte[] padding = new byte[3_000_000];
    big.save(folder.resolve("big.pt"), Map.of("padding", padding));
    byte[] bytes = Files.readAllBytes(folder.resolve("big.pt"));
    InputStream slow =
        new ByteArrayInputStream(bytes) {
          @Override
          public int available() {
            return 0;
          }

          @Override
          public int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, 1000));
          }
        };
    assertArrayEquals(expected(), answer(Model.load(arena, slow, Device.CPU)));
  }

  @Test
  void aStreamThatFails() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the line is down");
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            throw new IOException("the line is down");
          }
        };
    assertThrowsWith(
        ModelLoadException.class,
        "can't read the model's stream: the line is down",
        () -> Model.load(arena, broken, Device.CPU));
    assertThrowsWith(
        ModelLoadException.class,
        "an empty file",
        () -> Model.load(arena, InputStream.nullInputStream(), Device.CPU));
  }

  /** Each fixture is told to be in memory what it is told to be on disk. */
  @Test
  void formatsInMemory() throws IOException {
    for (String kind : new String[] {"formats", "models", "modules"}) {
      try (Stream<Path> files = Files.list(Fixtures.path(kind))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(file));
          assertEquals(ModelFormat.detect(file), ModelFormat.detect(bytes), file::toString);
        }
      }
    }
  }

  @Test
  void otherBytesAreExplained() throws IOException {
    byte[] weights = bytes("formats/state_dict.pth");
    assertThrowsWith(
        ModelLoadException.class,
        "the model in memory is weights without the model's code",
        () -> Model.load(arena, weights, Device.CPU));
    byte[] later = bytes("formats/version99.pt");
    assertThrowsWith(
        ModelLoadException.class, "a newer libtorch", () -> Model.load(arena, later, Device.CPU));
    assertThrowsWith(
        ModelLoadException.class,
        "an empty file",
        () -> Model.load(arena, new byte[0], Device.CPU));
  }

  @Test
  void memoryThatIsNotThere() throws Exception {
    MemorySegment closed;
    try (Arena passing = Arena.ofConfined()) {
      closed = passing.allocate(100);
    }
    assertThrows(IllegalStateException.class, () -> Model.load(arena, closed, Device.CPU));
    MemorySegment own = arena.allocate(100);
    Thread other =
        Thread.ofPlatform()
            .start(
                () ->
                    assertThrows(
                        WrongThreadException.class,
                        () -> Model.load(Arena.global(), own, Device.CPU)));
    other.join();
  }

  @Test
  void savedOnAGpu() {
    Path file = Fixtures.path("modules/saved-on-cuda.pt");
    assertArrayEquals(expected(), answer(Model.load(arena, file)));
    assertArrayEquals(expected(), answer(Model.load(arena, file, Device.CPU)));
  }

  @Test
  void aDeviceThatIsNotThere() throws IOException {
    Device none = new Device(Device.Type.CUDA, 99);
    String message = "there is no device cuda:99";
    Path file = Fixtures.path("models/mlp.pt");
    byte[] bytes = bytes("models/mlp.pt");
    Model model = Model.load(arena, file);
    assertThrowsWith(UnsupportedException.class, message, () -> Model.load(arena, file, none));
    assertThrowsWith(UnsupportedException.class, message, () -> Model.load(arena, bytes, none));
    assertThrowsWith(UnsupportedException.class, message, () -> model.to(arena, none));
    assertArrayEquals(expected(), answer(model.to(arena, Device.CPU)));
  }

  @Test
  void extraFilesOfPython() throws IOException {
    Path file = Fixtures.path("modules/extra-files.pt");
    SortedMap<String, byte[]> files = Model.extraFiles(file);
    assertEquals(Set.of("labels.txt", "folder/table.bin", "empty"), files.keySet());
    assertEquals(
        "Katze\nHund ü",
        new String(files.getOrDefault("labels.txt", new byte[0]), StandardCharsets.UTF_8));
    assertArrayEquals(new byte[] {0, -1, 0}, files.get("folder/table.bin"));
    assertArrayEquals(new byte[0], files.get("empty"));
    MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(file));
    assertEquals(files.keySet(), Model.extraFiles(bytes).keySet());
    assertEquals(Map.of(), Model.extraFiles(Fixtures.path("models/mlp.pt")));
  }

  @Test
  void extraFilesThereAndBack() {
    Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
    Path file = folder.resolve("model.pt");
    byte[] any = new byte[256];
    for (int i = 0; i < any.length; i++) {
      any[i] = (byte) i;
    }
    model.save(file, Map.of("any/bytes ü", any, "empty", new byte[0]));
    SortedMap<String, byte[]> files = Model.extraFiles(file);
    assertEquals(Set.of("any/bytes ü", "empty"), files.keySet());
    assertArrayEquals(any, files.get("any/bytes ü"));
    assertArrayEquals(expected(), answer(Model.load(arena, file)));
    assertThrowsWith(
        IllegalArgumentException.class, "name", () -> model.save(file, Map.of("", any)));
    assertArrayEquals(any, Model.extraFiles(file).get("any/bytes ü"));
    assertThrowsWith(
        ModelLoadException.class,
        "there is no file",
        () -> Model.extraFiles(folder.resolve("none.pt")));
    assertThrowsWith(
        ModelLoadException.class,
        "an ONNX model",
        () -> Model.extraFiles(Fixtures.path("formats/model.onnx")));
  }

  @Test
  void halves() {
    Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
    Model half = model.half(arena);
    assertTrue(half.parameters().values().stream().allMatch(info -> info.dtype() == DType.FLOAT16));
    assertArrayEquals(answer(model), answer(half), 0.01f);
    assertEquals(DType.FLOAT32, half.forward(arena, Tensor.of(arena, new float[8], 1, 8)).dtype());
    assertTrue(
        model.parameters().values().stream().allMatch(info -> info.dtype() == DType.FLOAT32));
  }
}
