package io.github.narthex.bench;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Value;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker makes of a directory of samples. */
class DataSamplesTest {
  /** Returns its input as scores. */
  private static final String SCORES = "def forward(self, x):\n  return x * 1.0\n";

  @TempDir Path directory;
  private Path data = Path.of("");

  @BeforeEach
  void samples() throws IOException {
    data = Files.createDirectory(directory.resolve("data"));
    write(data.resolve("a.npy"), 3, 2, 1);
    write(data.resolve("b.npy"), 1, 3, 2);
    write(data.resolve("c.npy"), 2, 1, 3);
  }

  private static void write(Path file, float... values) {
    Npy.write(
        file,
        new NpyArray(DType.FLOAT32, Shape.of(1, values.length), MemorySegment.ofArray(values)));
  }

  private void label(String... lines) throws IOException {
    Files.write(data.resolve("labels.csv"), List.of(lines));
  }

  private Protocol.Prepared prepare(String model, String... inputs) {
    return Preparation.run(
        new Protocol.Prepare(
            model,
            List.of(),
            List.of(inputs),
            data.toString(),
            0,
            1,
            0,
            16,
            directory.toString(),
            true,
            List.of()));
  }

  private String saved(String source) {
    Path file = directory.resolve("model.pt");
    try (Arena arena = Arena.ofConfined()) {
      Model.script(arena, source).save(file);
    }
    return file.toString();
  }

  private void assertRefused(String message, String model, String... inputs) {
    InputException e = assertThrows(InputException.class, () -> prepare(model, inputs));
    assertEquals(message.replace("DIR", data.toString()), e.getMessage());
  }

  private List<String> file(String name) {
    return List.of(data.resolve(name).toString());
  }

  @Test
  void theFirstSampleIsTimed() throws IOException {
    label("c.npy,2", "a.npy,0", "b.npy,1");

    Protocol.Prepared prepared = prepare(saved(SCORES));

    assertEquals(file("a.npy"), prepared.timedInputs());
    assertEquals(List.of(file("a.npy"), file("b.npy"), file("c.npy")), prepared.accuracyInputs());
    assertEquals(List.of(0, 1, 2), prepared.labels());
    assertEquals(new Workload.Data(data.toString(), 3, 3, true), prepared.data());
    assertEquals(List.of(data.resolve("a.npy") + " (1x3:float32)"), prepared.inputs());
  }

  @Test
  void anInputThatIsGivenIsTimed() {
    Protocol.Prepared prepared = prepare(saved(SCORES), "1x3");

    assertEquals(List.of(directory.resolve("input-0-0.npy").toString()), prepared.timedInputs());
    assertEquals(3, prepared.accuracyInputs().size());
    assertEquals(List.of("1x3:float32"), prepared.inputs());
    assertEquals(List.of(), prepared.labels());
  }

  @Test
  void withoutDataInputsAreMadeUp() {
    Protocol.Prepared prepared =
        Preparation.run(
            new Protocol.Prepare(
                saved(SCORES),
                List.of(),
                List.of("1x3"),
                null,
                0,
                1,
                0,
                16,
                directory.toString(),
                true,
                List.of()));

    assertEquals(16, prepared.accuracyInputs().size());
    assertEquals(prepared.accuracyInputs().getFirst(), prepared.timedInputs());
    assertNull(prepared.data());
  }

  /** Their files hold float32. */
  @Test
  void samplesOfAModelInBfloat16() {
    Protocol.Prepared prepared = prepare(saved(SCORES), "1x3:bfloat16");
    try (Engine engine = new TorchEngine()) {
      engine.load(
          new Protocol.Load(
              prepared.modelFile(),
              List.of(),
              prepared.timedInputs(),
              prepared.arguments(),
              "eager",
              List.of(),
              1,
              1));
      List<List<String>> answers =
          engine.outputs(
              new Protocol.Outputs(
                  prepared.accuracyInputs(), directory.resolve("answers").toString()));
      assertArrayEquals(new float[] {2, 1, 3}, floats(answers.get(2).getFirst()));
    }
  }

  private static float[] floats(String file) {
    try (Arena arena = Arena.ofConfined()) {
      return Npy.read(arena, Path.of(file)).data().toArray(JAVA_FLOAT);
    }
  }

  /** A copy of fewer elements would leave the rest of the sample before. */
  @Test
  void aSampleThatChangesItsShapeInTheMeantime() {
    Protocol.Prepared prepared = prepare(saved(SCORES));
    try (Engine engine = new TorchEngine()) {
      engine.load(
          new Protocol.Load(
              prepared.modelFile(),
              List.of(),
              prepared.timedInputs(),
              prepared.arguments(),
              "eager",
              List.of(),
              1,
              1));
      write(data.resolve("b.npy"), 1, 2);
      InputException e =
          assertThrows(
              InputException.class,
              () ->
                  engine.outputs(
                      new Protocol.Outputs(prepared.accuracyInputs(), directory.toString())));
      assertEquals(
          data.resolve("b.npy") + " became 1x2 while the session takes 1x3", e.getMessage());
    }
  }

  @Test
  void ofManySamplesSomeAreUsedEvenlySpread() throws IOException {
    byte[] sample = Files.readAllBytes(data.resolve("a.npy"));
    for (int i = 0; i < 1997; i++) {
      Files.write(data.resolve("n%04d.npy".formatted(i)), sample);
    }

    Protocol.Prepared prepared = prepare(saved(SCORES));

    assertEquals(new Workload.Data(data.toString(), 2000, 1000, false), prepared.data());
    assertEquals(1000, prepared.accuracyInputs().size());
    assertEquals(file("a.npy"), prepared.accuracyInputs().getFirst());
    assertEquals(file("c.npy"), prepared.accuracyInputs().get(1));
    assertEquals(file("n1995.npy"), prepared.accuracyInputs().getLast());
  }

  /** 256 MB each: there is room for two. */
  @Test
  void largeAnswersLeaveRoomForFewer() {
    Protocol.Prepared prepared =
        prepare(saved("def forward(self, x):\n  return torch.zeros(1 << 26)\n"));

    assertEquals(new Workload.Data(data.toString(), 3, 2, false), prepared.data());
    assertEquals(List.of(file("a.npy"), file("b.npy")), prepared.accuracyInputs());
  }

  @Test
  void inputsThatSamplesDoNotFit() {
    String model = saved(SCORES);
    assertRefused(
        "the sample a in DIR does not fit the input 'x': it is 1x3:float32, expected 2x3:float32",
        model,
        "2x3");
    assertRefused(
        "the sample a in DIR does not fit the input 'x': it is 1x3:float32, expected 1x3:float64",
        model,
        "1x3:float64");
    assertRefused(
        "the inputs are x, k, the samples in DIR have x",
        saved("def forward(self, x, k: int = 2):\n  return x * k\n"),
        "1x3",
        "scalar:int64:3..3");
  }

  @Test
  void samplesThatABuiltinDoesNotTake() {
    assertRefused(
        "DIR/a.npy is 1x3:float32, expected 4 dimensions of float32, such as 1x3x32x32",
        "shapes-net");
    // Of the sizes nothing is known beforehand.
    InputException e = assertThrows(InputException.class, () -> prepare("mlp"));
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("the model does not run on these inputs: "),
        e.getMessage());
  }

  @Test
  void labelsThatDoNotFitTheAnswers() throws IOException {
    label("a.npy,0", "b.npy,1", "c.npy,3");
    assertRefused(
        "DIR/c.npy has the label 3, the model has scores for 3 classes, from 0 to 2",
        saved(SCORES));
    for (String answer : List.of("x.reshape(3, 1)", "x.int()", "[1]", "torch.zeros([])")) {
      InputException e =
          assertThrows(
              InputException.class,
              () -> prepare(saved("def forward(self, x):\n  return " + answer + "\n")));
      assertEquals(
          "labels need a score for each class as the first output, for one item, such as 1x1000",
          String.valueOf(e.getMessage()).replaceAll(";.*", ""));
    }
    assertNotNull(prepare(saved("def forward(self, x):\n  return torch.zeros(4), 1\n")));
  }

  /** A session is bound to its numbers. */
  @Test
  void numbersMustNotDiffer() throws IOException {
    data = directory.resolve("two");
    Path x = Files.createDirectories(data.resolve("x"));
    Path k = Files.createDirectories(data.resolve("k"));
    for (String name : List.of("a.npy", "b.npy")) {
      write(x.resolve(name), 1, 2);
      Npy.write(k.resolve(name), NpyArray.of(Value.of(2)));
    }
    String model = saved("def forward(self, x, k: int):\n  return x * k\n");

    Protocol.Prepared prepared = prepare(model);
    assertEquals(
        List.of(x.resolve("b.npy").toString(), k.resolve("b.npy").toString()),
        prepared.accuracyInputs().get(1));
    Npy.write(k.resolve("b.npy"), NpyArray.of(Value.of(3)));
    assertRefused("the sample b in DIR does not fit the input 'k': it is 3, expected 2", model);
  }
}
