package io.github.narthex.io;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.InputException;
import io.github.narthex.Method;
import io.github.narthex.Method.Argument;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleDirectoryTest {
  private static final Method ONE = forward(new Argument("x", "Tensor", false));
  private static final Method TWO =
      forward(
          new Argument("ids", "Tensor", false),
          new Argument("mask", "Tensor", false),
          new Argument("rate", "Optional[int]", true));

  @TempDir Path temporary;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static Method forward(Argument... arguments) {
    return new Method("forward", List.of(arguments), "");
  }

  private Path directory(String... folders) throws IOException {
    Path directory = Files.createDirectories(temporary.resolve("data"));
    for (String folder : folders) {
      Files.createDirectories(directory.resolve(folder));
    }
    return directory;
  }

  /** A sample filled with one number. */
  private static void write(Path file, float value, long... dims) {
    float[] values = new float[(int) Shape.of(dims).elementCount()];
    Arrays.fill(values, value);
    Npy.write(file, new NpyArray(DType.FLOAT32, Shape.of(dims), MemorySegment.ofArray(values)));
  }

  private Path flat() throws IOException {
    Path directory = directory();
    write(directory.resolve("b.npy"), 2, 1, 4);
    write(directory.resolve("a.npy"), 1, 1, 4);
    write(directory.resolve("c, d.npy"), 3, 1, 4);
    return directory;
  }

  private Path nested() throws IOException {
    Path directory = directory("mask", "ids");
    for (String name : List.of("a.npy", "b.npy")) {
      write(directory.resolve("ids").resolve(name), name.charAt(0), 1, 4);
      write(directory.resolve("mask").resolve(name), 1, 1, 2);
    }
    return directory;
  }

  private static void assertRefused(Path directory, Method forward, String message) {
    InputException e =
        assertThrows(InputException.class, () -> SampleDirectory.open(directory, forward));
    assertEquals(message.replace("DIR", directory.toString()), e.getMessage());
  }

  private static Tensor tensor(SequencedMap<String, Value> sample, String name) {
    return Objects.requireNonNull(sample.get(name)).tensor();
  }

  private static float first(SequencedMap<String, Value> sample, String name) {
    return tensor(sample, name).segment().getAtIndex(JAVA_FLOAT, 0);
  }

  @Test
  void samplesAreInTheOrderOfTheirNames() throws IOException {
    SampleDirectory samples = SampleDirectory.open(flat(), ONE);

    assertEquals(3, samples.count());
    assertEquals(List.of("a", "b", "c, d"), samples.names());
    assertFalse(samples.isLabelled());
    assertEquals(OptionalInt.empty(), samples.label(2));
    for (int i = 0; i < 3; i++) {
      SequencedMap<String, Value> sample = samples.sample(arena, i);
      assertEquals(List.of("x"), List.copyOf(sample.sequencedKeySet()));
      assertEquals(Shape.of(1, 4), tensor(sample, "x").shape());
      assertEquals(i + 1, first(sample, "x"));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> samples.sample(arena, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> samples.label(-1));
  }

  @Test
  void inputsAreInTheOrderOfTheArguments() throws IOException {
    Path directory = nested();
    SampleDirectory samples = SampleDirectory.open(directory, TWO);

    SequencedMap<String, Value> second = samples.sample(arena, 1);
    assertEquals(List.of("ids", "mask"), List.copyOf(second.sequencedKeySet()));
    assertEquals('b', first(second, "ids"));
    assertEquals(Shape.of(1, 2), tensor(second, "mask").shape());
    Path rate = Files.createDirectory(directory.resolve("rate"));
    for (String name : List.of("a.npy", "b.npy")) {
      Npy.write(rate.resolve(name), NpyArray.of(Value.of(16_000)));
    }
    assertEquals(
        Value.of(16_000), SampleDirectory.open(directory, TWO).sample(arena, 0).get("rate"));
  }

  @Test
  void hiddenFilesAreIgnored() throws IOException {
    Path directory = flat();
    Files.writeString(directory.resolve(".DS_Store"), "");
    Files.createDirectory(directory.resolve(".ipynb_checkpoints"));

    assertEquals(3, SampleDirectory.open(directory, ONE).count());
  }

  @Test
  void directoriesWithoutSamples() throws IOException {
    Path directory = directory();
    String layout =
        ": expected .npy files, one for each sample, or one sub-directory of them for each input";
    assertRefused(directory.resolve("no"), ONE, "there is no directory DIR");
    assertRefused(directory, ONE, "there are no samples in DIR" + layout);
    Path labels = Files.writeString(directory.resolve("labels.csv"), "");
    assertRefused(labels, ONE, "DIR is not a directory; samples are a directory of .npy files");
    assertRefused(directory, ONE, "there are no samples in DIR" + layout);
    Files.createDirectory(directory.resolve("x"));
    assertRefused(directory, ONE, "there are no .npy files in DIR/x");
    write(directory.resolve("a.npy"), 1, 1, 4);
    assertRefused(directory, ONE, "DIR has both samples and the sub-directory x" + layout);
  }

  @Test
  void filesThatDoNotBelong() throws IOException {
    Path directory = flat();
    Path image = Files.writeString(directory.resolve("b.jpg"), "");
    assertRefused(
        directory,
        ONE,
        "expected only .npy files, labels.csv and hidden ones among samples, found DIR/b.jpg");
    Files.delete(image);
    Files.writeString(directory.resolve("b.npy"), "not one");
    assertRefused(
        directory,
        ONE,
        "DIR/b.npy: expected an npy file, which begins with \\x93NUMPY, found other bytes");
    write(directory.resolve("b.npy"), 2, 1, 4);
    byte[] whole = Files.readAllBytes(directory.resolve("b.npy"));
    Files.write(directory.resolve("b.npy"), Arrays.copyOf(whole, whole.length - 1));
    assertRefused(
        directory, ONE, "DIR/b.npy: the header promises 16 bytes of 1x4 float32, the file has 15");
    Files.delete(directory.resolve("b.npy"));
    Files.createSymbolicLink(directory.resolve("b.npy"), directory.resolve("gone"));
    assertRefused(directory, ONE, "there is no file DIR/b.npy");
  }

  @Test
  void samplesThatDiffer() throws IOException {
    Path directory = flat();
    write(directory.resolve("b.npy"), 2, 1, 5);
    assertRefused(
        directory,
        ONE,
        "samples must have the same shape and dtype: DIR/a.npy is 1x4:float32, DIR/b.npy is"
            + " 1x5:float32");
  }

  @Test
  void filesThatAreMissing() throws IOException {
    Path directory = nested();
    write(directory.resolve("ids/c.npy"), 1, 1, 4);
    assertRefused(
        directory,
        TWO,
        "there is no file DIR/mask/c.npy, which belongs to DIR/ids/c.npy: each input has a file of"
            + " each sample");
    Files.delete(directory.resolve("ids/c.npy"));
    Files.delete(directory.resolve("ids/a.npy"));
    assertRefused(
        directory,
        TWO,
        "there is no file DIR/ids/a.npy, which belongs to DIR/mask/a.npy: each input has a file of"
            + " each sample");
  }

  @Test
  void inputsThatTheModelDoesNotTake() throws IOException {
    String takes = "forward takes (ids: Tensor, mask: Tensor, rate: Optional[int] (optional))";
    Path directory = flat();
    assertRefused(
        directory,
        TWO,
        "the samples in DIR do not fit the model: there is no input for 'mask': "
            + takes
            + "; several inputs have a sub-directory each, of their names");
    for (String name : List.of("a.npy", "b.npy", "c, d.npy")) {
      Files.delete(directory.resolve(name));
    }
    nested();
    assertRefused(
        directory,
        ONE,
        "the samples in DIR do not fit the model: there is no argument 'ids': forward takes (x:"
            + " Tensor)");
    Files.createDirectory(directory.resolve("rate"));
    write(directory.resolve("rate/a.npy"), 1, 1, 4);
    write(directory.resolve("rate/b.npy"), 1, 1, 4);
    assertRefused(
        directory,
        TWO,
        "the argument 'rate' is a single Optional[int], and rate=DIR/rate/a.npy has the shape 1x4");
  }

  @Test
  void aFileThatChangesLater() throws IOException {
    Path directory = flat();
    SampleDirectory samples = SampleDirectory.open(directory, ONE);
    write(directory.resolve("b.npy"), 2, 2, 2);

    InputException e = assertThrows(InputException.class, () -> samples.sample(arena, 1));
    assertEquals(
        directory.resolve("b.npy") + " was 1x4:float32, and is 2x2:float32 now", e.getMessage());
  }

  @Test
  void labels() throws IOException {
    Path directory = flat();
    Files.writeString(
        directory.resolve("labels.csv"),
        "\ufeffFile, Label\r\nb.npy,1\r\n\r\n\"c, d.npy\", 2\r\n a.npy ,0\r\n");
    SampleDirectory samples = SampleDirectory.open(directory, ONE);

    assertTrue(samples.isLabelled());
    assertEquals(OptionalInt.of(0), samples.label(0));
    assertEquals(OptionalInt.of(2), samples.label(2));
    Files.writeString(directory.resolve("labels.csv"), "a.npy,7\nb.npy,8\nc, d.npy,9");
    assertEquals(OptionalInt.of(9), SampleDirectory.open(directory, ONE).label(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.npy,1;no.npy,2 | , line 2: there is no sample 'no.npy'",
        "a,1 | , line 1: there is no sample 'a'",
        "a.npy,1;b.npy,2 | : there is no label for c, d.npy; of 3 samples, 2 have one",
        "file,label | : there is no label for a.npy; of 3 samples, 0 have one",
        "a.npy,1;b.npy,2;a.npy,1 | , line 3: a.npy has a label already, in line 1",
        "a.npy,cat | , line 1: expected the number of a class, from 0, after the last comma,"
            + " found 'cat'",
        "a.npy,-1 | , line 1: expected the number of a class, from 0, after the last comma, found"
            + " '-1'",
        "a.npy,1.0 | , line 1: expected the number of a class, from 0, after the last comma, found"
            + " '1.0'",
        "a.npy, | , line 1: expected the number of a class, from 0, after the last comma, found ''",
        "name,class | , line 1: there is no sample 'name'",
        "a.npy 1 | , line 1: expected a file and its label, such as cat.npy,7, found 'a.npy 1'",
      })
  void badLabels(String lines, String message) throws IOException {
    Path directory = flat();
    Files.writeString(directory.resolve("labels.csv"), lines.replace(';', '\n'));

    assertRefused(directory, ONE, "DIR/labels.csv" + message);
  }

  @Test
  void labelsThatAreNoText() throws IOException {
    Path directory = flat();
    Files.write(directory.resolve("labels.csv"), new byte[] {(byte) 0xff, (byte) 0xfe, 'a'});
    assertRefused(directory, ONE, "DIR/labels.csv: expected text in UTF-8, found other bytes");
  }

  /** The weights of convnet tell that it takes images. */
  @Test
  void aSampleHasItsBatch() throws IOException {
    Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
    Path directory = directory();
    write(directory.resolve("a.npy"), 1, 3, 8, 8);

    InputException e =
        assertThrows(InputException.class, () -> SampleDirectory.open(directory, model));
    assertEquals(
        directory.resolve("a.npy")
            + " is 3x8x8, the model takes 4 dimensions, such as 1x3x224x224: a sample has its batch"
            + " dimension, of 1",
        e.getMessage());
    // What is known is believed; only a guess about other things is not.
    assertEquals(1, SampleDirectory.open(directory, model, List.of()).count());
    write(directory.resolve("a.npy"), 1, 1, 3, 8, 8);
    assertEquals(1, SampleDirectory.open(directory, model).count());
  }

  @Test
  void whatIsExpectedIsChecked() throws IOException {
    Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
    Path directory = directory();
    write(directory.resolve("a.npy"), 1, 1, 3, 8, 8);
    assertEquals(1, open(directory, model, "1x3x32x32").count());
    assertEquals(1, open(directory, model, "1x3x32x32:bfloat16").count());
    for (String expected : List.of("1x3x32x32:float64", "1x1x3x4x4")) {
      assertThrows(InputException.class, () -> open(directory, model, expected));
    }
    InputException e =
        assertThrows(InputException.class, () -> open(directory, model, "1x3x32x32:float64"));
    assertEquals(
        directory.resolve("a.npy")
            + " is 1x3x8x8:float32, expected 4 dimensions of float64, such as 1x3x32x32",
        e.getMessage());
  }

  private static SampleDirectory open(Path directory, Model model, String expected) {
    return SampleDirectory.open(
        directory, model, List.of((InputSpec.Generated) InputSpec.parse(expected)));
  }

  /** Samples as a program may have them. */
  private static Samples samples(
      Map<String, Integer> labels, SequencedMap<String, Value> inputs, String... names) {
    return new Samples() {
      @Override
      public int count() {
        return names.length;
      }

      @Override
      public String name(int index) {
        return names[index];
      }

      @Override
      public SequencedMap<String, Value> sample(Arena arena, int index) {
        return inputs;
      }

      @Override
      public OptionalInt label(int index) {
        Integer label = labels.get(names[index]);
        return label == null ? OptionalInt.empty() : OptionalInt.of(label);
      }
    };
  }

  private static final SequencedMap<String, Value> NUMBER =
      Collections.unmodifiableSequencedMap(new LinkedHashMap<>(Map.of("x", Value.of(1.5))));

  @Test
  void whatIsWrittenIsFound() throws IOException {
    Path directory = temporary.resolve("written");
    SampleDirectory.write(directory, samples(Map.of("a\"b", 3, "c, d", 0), NUMBER, "c, d", "a\"b"));

    SampleDirectory read =
        SampleDirectory.open(directory, forward(new Argument("x", "float", false)));
    assertEquals(List.of("a\"b", "c, d"), read.names());
    assertEquals(OptionalInt.of(3), read.label(0));
    assertEquals(NUMBER, read.sample(arena, 1));
    Path copy = Files.createDirectory(temporary.resolve("copy"));
    SampleDirectory.write(copy, SampleDirectory.open(nested(), TWO));
    SampleDirectory copied = SampleDirectory.open(copy, TWO);
    assertEquals(List.of("a", "b"), copied.names());
    assertEquals('b', first(copied.sample(arena, 1), "ids"));
    assertFalse(copied.isLabelled());
  }

  @Test
  void madeUpSamplesDiffer() throws IOException {
    ModelInputs inputs = ModelInputs.of(ONE, List.of(InputSpec.parse("2x8")), 5);
    Path directory = temporary.resolve("made-up");
    SampleDirectory.write(directory, inputs.samples(3));

    SampleDirectory read = SampleDirectory.open(directory, ONE);
    assertEquals(List.of("000000", "000001", "000002"), read.names());
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(
          tensor(inputs.sample(arena, i), "x").toFloatArray(),
          tensor(read.sample(arena, i), "x").toFloatArray());
    }
    assertFalse(first(read.sample(arena, 0), "x") == first(read.sample(arena, 1), "x"));
    assertThrows(IllegalArgumentException.class, () -> inputs.samples(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> inputs.samples(3).sample(arena, 3));
  }

  @Test
  void whatCanNotBeWrittenLeavesNothing() throws IOException {
    Path target = temporary.resolve("target");
    for (Samples bad :
        List.of(
            samples(Map.of(), NUMBER),
            samples(Map.of(), NUMBER, "a", "a"),
            samples(Map.of(), NUMBER, "../a"),
            samples(Map.of(), NUMBER, ".a"),
            samples(Map.of("b", 1), NUMBER, "a", "b"))) {
      assertThrows(IllegalArgumentException.class, () -> SampleDirectory.write(target, bad));
    }
    Samples good = samples(Map.of(), NUMBER, "a");
    Path full = Files.createDirectory(temporary.resolve("full"));
    Path file = Files.writeString(full.resolve("file"), "");
    for (Map.Entry<Path, String> each :
        Map.of(
                full,
                "it is not empty",
                file,
                "it is a file",
                target.resolve("a"),
                "there is no directory " + target)
            .entrySet()) {
      UncheckedIOException e =
          assertThrows(
              UncheckedIOException.class, () -> SampleDirectory.write(each.getKey(), good));
      assertEquals(
          "can't write samples to %s: %s".formatted(each.getKey(), each.getValue()),
          e.getMessage());
    }
    try (var left = Files.list(temporary)) {
      assertEquals(List.of(full), left.toList());
    }
  }
}
