package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.internal.torch.RunFile;
import io.github.narthex.internal.torch.RunOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How a model is run, which is saved along with it. */
@ExtendWith(LeakCheck.class)
class RunFileTest {
  @TempDir Path directory;

  private static Tensor input(Arena arena) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(2, 3, 32, 32), Generator.seeded(arena, 1));
  }

  private static String runFile(Path file) {
    byte[] bytes = Model.extraFiles(file).get("narthex-run");
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void aModelRunsAfterLoadingAsBeforeSaving() {
    try (Arena arena = Arena.ofConfined()) {
      Path file = directory.resolve("m.pt");
      Model model =
          Model.load(arena, Fixtures.path("models/convnet.pt"))
              .bfloat16(arena)
              .channelsLast(arena)
              .freeze(arena)
              .withOneDnnGraph();
      model.save(file);
      assertEquals(
          "onednn-graph=true\ndtype=bfloat16\nmemory-format=channels_last\n", runFile(file));
      Tensor input = input(arena);
      for (Model loaded :
          new Model[] {Model.load(arena, file), Model.load(arena, read(file), Device.CPU)}) {
        for (int call = 0; call < 3; call++) {
          Tensor output = loaded.forward(arena, input);
          assertEquals(DType.FLOAT32, output.dtype());
          assertArrayEquals(
              model.forward(arena, input).toFloatArray(), output.toFloatArray(), 0.02f);
        }
        assertEquals(1, loaded.compilations().size());
      }
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aModelThatRunsLikeAnyHasNoSuchFile() {
    try (Arena arena = Arena.ofConfined()) {
      Path file = directory.resolve("m.pt");
      Model.load(arena, Fixtures.path("models/convnet.pt")).freeze(arena).save(file);
      assertEquals("", runFile(file));
      assertEquals(List.of(), Model.load(arena, file).compilations());
    }
  }

  @Test
  void theNameIsTaken() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  model.save(directory.resolve("m.pt"), Map.of("narthex-run", new byte[] {1, 2})));
      assertEquals(
          "an extra file can't be named 'narthex-run': that one says how the model is run",
          e.getMessage());
    }
  }

  /** Run without what a newer version has saved, it would run otherwise than was meant. */
  @Test
  void whatIsNotKnownIsRefused() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Path file = directory.resolve("m.pt");
      Model.load(arena, Fixtures.path("models/convnet.pt"))
          .freeze(arena)
          .withOneDnnGraph()
          .save(file);
      URI archive = URI.create("jar:" + file.toUri());
      try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("noCompression", true));
          Stream<Path> files = Files.walk(zip.getPath("/"))) {
        Path run = files.filter(path -> path.endsWith("narthex-run")).findFirst().orElseThrow();
        Files.writeString(run, "onednn-graph=true\nwarp=9\n");
      }
      var e = assertThrows(ModelLoadException.class, () -> Model.load(arena, file));
      assertTrue(
          String.valueOf(e.getMessage())
              .endsWith(
                  "can't be loaded: its file narthex-run says 'warp=9', which this version does not"
                      + " know"),
          e.getMessage());
    }
  }

  @Test
  void threadsThatWereChosenAreKept() {
    try (Arena arena = Arena.ofConfined()) {
      Path file = directory.resolve("m.pt");
      Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
      int many = Runtime.getRuntime().availableProcessors() + 1;
      model.withThreads(many).save(file);
      assertEquals("threads=" + many + "\n", runFile(file));
      assertEquals(many, Model.load(arena, file).threads());
      assertEquals(1, Model.load(arena, file).withThreads(1).threads());
      for (String wrong : List.of("0", "1000000", "two")) {
        assertThrows(IllegalArgumentException.class, () -> readRunFile("threads=" + wrong));
      }
    }
  }

  @Test
  void gpuSwitchesAreKept() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Path file = directory.resolve("m.pt");
      Model.load(arena, Fixtures.path("models/convnet.pt"))
          .withGpuSwitches(Set.of(GpuSwitch.FLOAT32_SUMS, GpuSwitch.TF32))
          .save(file);
      assertEquals("gpu-switches=tf32,float32_sums\n", runFile(file));
      Path again = directory.resolve("again.pt");
      Model.load(arena, file).save(again);
      assertEquals(runFile(file), runFile(again));
      Model.load(arena, file).withGpuSwitches(Set.of()).save(again);
      assertEquals("", runFile(again));
      for (String wrong : List.of("", "tf64", "tf32,tf64")) {
        assertThrows(IllegalArgumentException.class, () -> readRunFile("gpu-switches=" + wrong));
      }
    }
  }

  private static void readRunFile(String text) {
    RunFile.read(text, RunOptions.STANDARD);
  }

  @Test
  void eachShapeIsCompiledOnce() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.load(arena, Fixtures.path("models/convnet.pt")).freeze(arena).withOneDnnGraph();
      for (int size : new int[] {32, 24, 32, 24, 32, 24, 32}) {
        model.forward(arena, Tensors.ones(arena, DType.FLOAT32, Shape.of(1, 3, size, size)));
      }
      assertEquals(2, model.compilations().size());
      Compilation first = model.compilations().getFirst();
      assertEquals("float32[1, 3, 32, 32]", first.inputs());
      assertEquals(model.threads(), first.threads());
      assertTrue(first.milliseconds() > 0);
    }
  }
}
