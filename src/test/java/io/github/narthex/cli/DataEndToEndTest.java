package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Value;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.models.Builtin;
import io.github.narthex.models.ShapePictures;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of samples: written by {@code data}, compared over by {@code bench}. */
class DataEndToEndTest {
  /** Returns its input, 1 x 3, as scores. */
  private static final String SCORES = "def forward(self, x):\n  return x * 1.0\n";

  @TempDir Path directory;

  private record Ran(int code, String out, String err) {
    JsonObject json() {
      return JsonParser.parseString(out).getAsJsonObject();
    }
  }

  private static Ran run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            List.of(words),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static Ran bench(String model, Path data, String... more) {
    List<String> words = new ArrayList<>(List.of("bench", model, "--data", data.toString()));
    words.addAll(List.of("--recipe", "freeze", "--iterations", "2", "--warmup", "1"));
    words.addAll(List.of("--quiet", "--json", "-"));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  private static void assertRefused(String message, Ran ran) {
    assertEquals("narthex: " + message + "\n", ran.err());
    assertEquals(3, ran.code());
    assertEquals("", ran.out());
  }

  private static JsonObject accuracy(Ran ran, int row) {
    assertEquals(0, ran.code(), ran.err());
    return ran.json()
        .getAsJsonArray("results")
        .get(row)
        .getAsJsonObject()
        .getAsJsonObject("accuracy");
  }

  private String saved(String source) {
    Path file = directory.resolve("model.pt");
    try (Arena arena = Arena.ofConfined()) {
      Model.script(arena, source).save(file);
    }
    return file.toString();
  }

  private static void write(Path file, float... values) {
    Npy.write(
        file,
        new NpyArray(DType.FLOAT32, Shape.of(1, values.length), MemorySegment.ofArray(values)));
  }

  private Path samples(String labels) throws IOException {
    Path data = Files.createDirectories(directory.resolve("data"));
    write(data.resolve("a.npy"), 3, 2, 1);
    write(data.resolve("b.npy"), 1, 3, 2);
    write(data.resolve("c.npy"), 2, 1, 3);
    Files.writeString(data.resolve("labels.csv"), labels);
    return data;
  }

  @Test
  void theTrainedNetIsRightOnItsPictures() {
    Path data = directory.resolve("pictures");
    Ran wrote =
        run("data", "shapes-net", "--count", "20", "--seed", "3", "--output", data.toString());
    assertEquals("", wrote.err());
    assertEquals("20 labelled samples: x 1x3x32x32:float32  -> " + data + "\n", wrote.out());
    int right = 0;
    try (Arena arena = Arena.ofConfined()) {
      Model net = Builtin.SHAPES_NET.build(arena, 0);
      ShapePictures.Batch batch = ShapePictures.of(3).batch(arena, 0, 20);
      long[] answers = net.forward(arena, batch.images()).argmax(1, false).toLongArray();
      for (int i = 0; i < answers.length; i++) {
        right += answers[i] == batch.labels().toLongArray()[i] ? 1 : 0;
      }
    }

    Ran ran = bench("shapes-net", data);

    for (int row = 0; row < 2; row++) {
      assertEquals(right / 20.0, accuracy(ran, row).get("top1").getAsDouble());
      assertTrue(accuracy(ran, row).get("top5").getAsDouble() >= right / 20.0);
      assertEquals(20, accuracy(ran, row).get("inputs").getAsInt());
    }
    JsonObject workload = ran.json().getAsJsonObject("workload");
    assertEquals(
        "[\"%s (1x3x32x32:float32)\"]".formatted(data.resolve("000000.npy")),
        workload.get("inputs").toString());
    assertEquals(20, workload.getAsJsonObject("data").get("used").getAsInt());
    Ran again = run("data", "shapes-net", "--output", data.toString());
    assertEquals(7, again.code());
    assertEquals("narthex: can't write samples to " + data + ": it is not empty\n", again.err());
  }

  @Test
  void labelsDecide() throws IOException {
    Ran ran = bench(saved(SCORES), samples("a.npy,0\nb.npy,1\nc.npy,0\n"));

    assertEquals(2 / 3.0, accuracy(ran, 0).get("top1").getAsDouble());
    assertTrue(accuracy(ran, 0).get("top5").isJsonNull());
    assertEquals(0, accuracy(ran, 1).get("max_abs").getAsDouble());
  }

  @Test
  void theInputIsTimedAndTheSamplesAreCompared() throws IOException {
    Path data = samples("");
    Files.delete(data.resolve("labels.csv"));

    Ran ran = bench(saved(SCORES), data, "--input", "1x3");

    assertEquals(3, accuracy(ran, 1).get("inputs").getAsInt());
    assertEquals(
        "[\"1x3:float32\"]", ran.json().getAsJsonObject("workload").get("inputs").toString());
    assertRefused(
        "the sample a in %s does not fit the input 'x': it is 1x3:float32, expected 2x3:float32"
            .formatted(data),
        bench(saved(SCORES), data, "--input", "2x3"));
    // bfloat16, which files can't hold.
    assertEquals(
        3,
        accuracy(bench(saved(SCORES), data, "--input", "1x3:bfloat16"), 1)
            .get("inputs")
            .getAsInt());
  }

  @Test
  void whatDoesNotFitIsOneLine() throws IOException {
    Path data = samples("a.npy,0\nb.npy,1\nc.npy,3\n");
    assertRefused(
        data.resolve("c.npy") + " has the label 3, the model has scores for 3 classes, from 0 to 2",
        bench(saved(SCORES), data));
    assertRefused(
        "labels need a score for each class as the first output, for one item, such as 1x1000; the"
            + " model returns 3x1:float32",
        bench(
            saved("def forward(self, x):\n  return x.reshape(3, 1)\n"),
            samples("a.npy,0\nb.npy,0\nc.npy,0")));
    assertRefused(
        "there is no directory " + directory.resolve("no"),
        bench("shapes-net", directory.resolve("no")));
    assertRefused(
        data.resolve("a.npy")
            + " is 1x3:float32, expected 4 dimensions of float32, such as 1x3x32x32",
        bench("shapes-net", data));
  }

  /** A session is bound to its numbers. */
  @Test
  void numbersMustNotDiffer() throws IOException {
    String model = saved("def forward(self, x, k: int):\n  return x * k\n");
    Path x = Files.createDirectories(directory.resolve("two/x"));
    Path k = Files.createDirectories(directory.resolve("two/k"));
    for (String name : List.of("a.npy", "b.npy")) {
      write(x.resolve(name), 1, 2);
      Npy.write(k.resolve(name), NpyArray.of(Value.of(2)));
    }
    Path data = directory.resolve("two");
    assertEquals(2, accuracy(bench(model, data), 1).get("inputs").getAsInt());
    Npy.write(k.resolve("b.npy"), NpyArray.of(Value.of(3)));
    assertRefused(
        "the sample b in %s does not fit the input 'k': it is 3, expected 2".formatted(data),
        bench(model, data));
  }

  @Test
  void otherModelsGetSamplesThatAreMadeUp() {
    Path data = directory.resolve("made-up");
    Ran ran = run("data", "mlp", "--count", "2", "--output", data.toString());
    assertEquals("2 samples: x 1x784:float32  -> " + data + "\n", ran.out());
    try (Arena arena = Arena.ofConfined()) {
      float[] first =
          Npy.read(arena, data.resolve("000000.npy")).data().toArray(ValueLayout.JAVA_FLOAT);
      assertEquals(784, first.length);
    }
    assertEquals(2, accuracy(bench("mlp", data), 1).get("inputs").getAsInt());
    assertRefused(
        "nothing differs between samples: none of the model's inputs is made up",
        run(
            "data",
            "mlp",
            "--input",
            data.resolve("000000.npy").toString(),
            "--output",
            directory.resolve("same").toString()));
  }
}
