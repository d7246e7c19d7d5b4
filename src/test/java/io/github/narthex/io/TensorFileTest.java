package io.github.narthex.io;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.InputException;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.ModelFormat;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as {@code make_tensor_files.py} wrote them, and as they are written here. */
@ExtendWith(LeakCheck.class)
class TensorFileTest {
  private static final JsonObject EXPECTED = expected();

  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static JsonObject expected() {
    try {
      return JsonParser.parseString(Files.readString(Fixtures.path("files/files.json")))
          .getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<String> files() {
    return EXPECTED.keySet().stream();
  }

  private static <T> T in(Map<String, T> map, String name) {
    return requireNonNull(map.get(name), name);
  }

  private static Path fixture(String name) {
    return Fixtures.path("files/" + name);
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsWhatPythonWrote(String name) {
    JsonObject content = EXPECTED.getAsJsonObject(name);

    TensorFile file = TensorFile.open(arena, fixture(name));

    JsonObject tensors = content.getAsJsonObject("tensors");
    assertEquals(List.copyOf(tensors.keySet()), List.copyOf(file.tensors().keySet()));
    file.tensors().forEach((key, tensor) -> assertTensor(tensors.getAsJsonObject(key), tensor));
    Map<String, String> metadata = new LinkedHashMap<>();
    content.getAsJsonObject("metadata").asMap().forEach((k, v) -> metadata.put(k, v.getAsString()));
    assertEquals(metadata, file.metadata());
  }

  private void assertTensor(JsonObject expected, StoredTensor stored) {
    Tensor tensor = stored.tensor();
    assertEquals(DType.parse(expected.get("dtype").getAsString()), tensor.dtype());
    assertEquals(Shape.of(numbers(expected, "shape")), tensor.shape());
    assertEquals(stored.info().shape(), tensor.shape());
    if (tensor.elementCount() > 1) {
      assertArrayEquals(numbers(expected, "strides"), tensor.strides());
    }
    assertArrayEquals(
        Base64.getDecoder().decode(expected.get("data").getAsString()), bytes(tensor));
    assertSame(tensor, stored.tensor());
  }

  private static long[] numbers(JsonObject object, String name) {
    JsonArray array = object.getAsJsonArray(name);
    return array.asList().stream().mapToLong(JsonElement::getAsLong).toArray();
  }

  /** The elements, row-major. */
  private static byte[] bytes(Tensor tensor) {
    return tensor.contiguous().segment().toArray(ValueLayout.JAVA_BYTE);
  }

  @ParameterizedTest
  @CsvSource({
    "kinds.pt, STATE_DICT",
    "protocol4.pt, STATE_DICT",
    "tensor.pt, PICKLED_DATA",
    "pickle-save.pt, PICKLED_DATA",
    "kinds.safetensors, SAFETENSORS",
    "stored.npz, NPZ",
    "fortran.npy, NPY"
  })
  void knowsTheFormatByContent(String name, ModelFormat format) throws IOException {
    Path other = Files.copy(fixture(name), folder.resolve("weights.onnx"));
    assertEquals(format, TensorFile.open(arena, other).format());
    assertTrue(format.isTensors());
  }

  @Test
  void usesWhatIsAlignedWhereItIs() {
    for (String name : List.of("kinds.pt", "views.pt", "fortran.npy")) {
      TensorFile.open(arena, fixture(name))
          .tensors()
          .forEach((key, tensor) -> assertTrue(tensor.isInPlace(), name + " " + key));
    }
    assertFalse(in(TensorFile.open(arena, fixture("big-endian.pt")).tensors(), "ints").isInPlace());
    assertFalse(in(TensorFile.open(arena, fixture("deflated.npz")).tensors(), "int8").isInPlace());
    var unaligned = TensorFile.open(arena, fixture("unaligned.safetensors")).tensors();
    assertTrue(in(unaligned, "b").isInPlace());
    assertFalse(in(unaligned, "a").isInPlace());
  }

  @Test
  void sharesMemoryThatWasShared() {
    var tensors = TensorFile.read(arena, fixture("views.pt"));
    Tensor base = in(tensors, "base");

    base.mulInPlace(0).addInPlace(5);

    for (String view : List.of("transposed", "part", "steps", "expanded")) {
      assertEquals(5, in(tensors, view).contiguous().toFloatArray()[0], view);
    }
    assertEquals(
        in(tensors, "tied").segment().address(), in(tensors, "tied_too").segment().address());
    assertNotEquals(
        5, in(TensorFile.read(arena, fixture("views.pt")), "base").toFloatArray()[0], "the file");
  }

  @Test
  void readsAPartOfACheckpoint() {
    var model = TensorFile.read(arena, fixture("checkpoint.pt"), "model");

    assertEquals(List.of("0.weight", "0.bias"), model.keySet().stream().limit(2).toList());
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> TensorFile.read(arena, fixture("checkpoint.pt"), "state_dict"));
    assertTrue(
        String.valueOf(e.getMessage())
            .contains(
                "has no tensors under 'state_dict'; of its 19, the first are: model.0.weight"),
        e.getMessage());
  }

  @Test
  void boolsAreCleanedInMemoryOnly() throws IOException {
    byte[] bytes = Files.readAllBytes(fixture("unaligned.safetensors"));
    int at = 8 + bytes[0];
    bytes[at] = 7;
    Path file = Files.write(folder.resolve("dirty"), bytes);

    assertArrayEquals(new byte[] {1}, bytes(in(TensorFile.read(arena, file), "b")));
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "files/refused-quantized.pt | it refers to torch._utils._rebuild_qtensor,",
        "files/refused-sparse.pt | it refers to torch._utils._rebuild_sparse_tensor,",
        "files/refused-conj.pt | it has a tensor with the flag 'conj': save x.resolve_conj()",
        "files/refused-numpy.pt | it refers to numpy",
        "files/refused-function.pt | it refers to __builtin__.print, which tensors don't need",
        "files/refused-objects.npz | 'x.npy': holds Python objects (a pickle)",
        "formats/pickled-module.pth | it refers to torch.nn.modules",
        "models/mlp.pt | it is a TorchScript model, not a file of tensors: use Model.load",
        "formats/legacy.pth | it is in the format of torch.save before 1.6, which only Python",
        "formats/model.onnx | expected npy, npz, safetensors or a file of torch.save, found ONNX",
        "formats/truncated.pt | found damaged zip",
        "formats/plain.pkl | found pickle",
        "made-with.txt | found other bytes"
      })
  void refuses(String name, String reason) {
    Path file = Fixtures.path(name);
    var e = assertThrows(InputException.class, () -> TensorFile.open(arena, file));
    assertTrue(String.valueOf(e.getMessage()).startsWith(file + ": "), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
  }

  @Test
  void saysThatThereIsNoFile() {
    Path none = folder.resolve("none.pt");
    var e = assertThrows(InputException.class, () -> TensorFile.open(arena, none));
    assertEquals("there is no file " + none, e.getMessage());
    assertThrows(InputException.class, () -> TensorFile.open(arena, folder));
    assertThrows(
        InputException.class,
        () -> TensorFile.open(arena, Files.createFile(folder.resolve("empty"))));
  }

  /** The files are kept where -Dnarthex.written says, for check_tensor_files.py. */
  @ParameterizedTest
  @ValueSource(strings = {"pt", "safetensors", "npz"})
  void writesWhatItReads(String suffix) throws IOException {
    String kept = System.getProperty("narthex.written");
    Path target = kept == null ? folder : Files.createDirectories(Path.of(kept));
    SequencedMap<String, Tensor> tensors = TensorFile.read(arena, fixture("kinds.pt"));
    tensors.putAll(TensorFile.read(arena, fixture("views.pt")));
    tensors.values().removeIf(tensor -> !isKnown(suffix, tensor.dtype()));
    Path file = target.resolve("written." + suffix);

    TensorFile.write(file, tensors);

    TensorFile again = TensorFile.open(arena, file);
    assertEquals(tensors.keySet(), again.tensors().keySet());
    again
        .tensors()
        .forEach(
            (name, stored) -> {
              Tensor tensor = in(tensors, name);
              assertTrue(stored.isInPlace(), name);
              boolean widened = suffix.equals("npz") && tensor.dtype() == DType.BFLOAT16;
              Tensor same = widened ? tensor.to(DType.FLOAT32) : tensor;
              assertEquals(same.shape(), stored.info().shape(), name);
              assertEquals(same.dtype(), stored.info().dtype(), name);
              assertArrayEquals(bytes(same), bytes(stored.tensor()), name);
            });
    try (Stream<Path> files = Files.list(target)) {
      assertTrue(files.noneMatch(path -> path.toString().endsWith(".part")));
    }
  }

  private static boolean isKnown(String suffix, DType dtype) {
    return switch (suffix) {
      case "npz" -> !dtype.toString().startsWith("float8");
      case "safetensors" -> dtype != DType.COMPLEX128;
      default -> true;
    };
  }

  @Test
  void writesTiedTensorsOnce() {
    Tensor tensor = Tensors.ones(arena, DType.FLOAT32, Shape.of(1000));
    Path file = folder.resolve("tied.pt");

    TensorFile.write(file, Map.of("a", tensor, "b", tensor));

    var again = TensorFile.read(arena, file);
    in(again, "a").addInPlace(2);
    assertEquals(3, in(again, "b").toFloatArray()[999]);
    assertTrue(file.toFile().length() < 6000);
  }

  @Test
  void writesOneArrayAsNpy() {
    Tensor tensor = Tensors.arange(arena, DType.FLOAT64, 6).reshape(2, 3).transpose(0, 1);
    Path file = folder.resolve("one.npy");

    TensorFile.write(file, Map.of("x", tensor));

    assertArrayEquals(bytes(tensor), bytes(in(TensorFile.read(arena, file), "tensor")));
    assertEquals(Shape.of(3, 2), Npy.read(arena, file).shape());
  }

  @Test
  void aFileInUseIsReplacedNotOverwritten() {
    Path file = folder.resolve("x.safetensors");
    TensorFile.write(file, Map.of("x", Tensors.ones(arena, DType.FLOAT32, Shape.of(100_000))));
    var first = TensorFile.read(arena, file);

    TensorFile.write(file, Map.of("x", in(first, "x").narrow(0, 0, 1)));

    assertEquals(100_000, in(first, "x").sum().toFloatArray()[0]);
    assertEquals(Shape.of(1), in(TensorFile.open(arena, file).tensors(), "x").info().shape());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "x.txt | FLOAT32 | expected a name that ends in .pt, .pth, .bin, .safetensors, .npz or",
        "x.npz | FLOAT8_E5M2 | NumPy has no dtype float8_e5m2",
        "x.safetensors | COMPLEX128 | 'x' is complex128, which safetensors lacks"
      })
  void refusesToWrite(String name, DType dtype, String reason) throws IOException {
    Tensor tensor = Tensor.empty(arena, dtype, Shape.of(2));
    Path file = folder.resolve(name);
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> TensorFile.write(file, Map.of("x", tensor)));
    assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void saysThatItCantWrite() {
    Tensor tensor = Tensors.ones(arena, DType.FLOAT32, Shape.of(2));
    Path file = folder.resolve("none").resolve("x.pt");
    assertThrows(UncheckedIOException.class, () -> TensorFile.write(file, Map.of("x", tensor)));
    assertThrows(
        IllegalArgumentException.class,
        () -> TensorFile.write(folder.resolve("x.npy"), Map.of("x", tensor, "y", tensor)));
  }

  @Test
  void aModelTakesThem() {
    Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
    Tensor input = Tensors.ones(arena, DType.FLOAT32, Shape.of(1, 8));
    var weights = TensorFile.read(arena, Fixtures.path("formats/checkpoint.pth"), "model");
    in(weights, "out.weight").mulInPlace(0);

    Model changed = model.withWeights(arena, Weights.of(weights));

    float[] answer = changed.forward(arena, input).toFloatArray();
    assertArrayEquals(in(weights, "out.bias").toFloatArray(), answer);
    Path file = folder.resolve("mlp.safetensors");
    TensorFile.write(file, model.stateDict(arena).tensors());
    Model back = changed.withWeights(arena, Weights.of(TensorFile.read(arena, file)));
    assertArrayEquals(
        model.forward(arena, input).toFloatArray(), back.forward(arena, input).toFloatArray());
  }

  @Test
  void livesAsLongAsItsArena() {
    Tensor tensor;
    try (Arena inner = Arena.ofConfined()) {
      tensor = in(TensorFile.read(inner, fixture("views.pt")), "part");
      assertEquals(6, tensor.elementCount());
    }
    assertThrows(IllegalStateException.class, tensor::toFloatArray);
    MemorySegment kept;
    try (Arena inner = Arena.ofConfined()) {
      kept = in(TensorFile.read(inner, fixture("views.pt")), "base").keep(arena).segment();
    }
    assertEquals(1, kept.get(ValueLayout.JAVA_FLOAT, 4));
  }
}
