package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.Model;
import io.github.narthex.io.Npy;
import io.github.narthex.models.Builtin;
import io.github.narthex.models.ShapePictures;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of samples: written by {@code data}, compared over by {@code bench}. */
class DataEndToEndTest {
  @TempDir Path directory;

  private static Ran bench(String model, Path data, String... more) {
    List<String> words = new ArrayList<>(List.of("bench", model, "--data", data.toString()));
    words.addAll(List.of("--recipe", "freeze", "--iterations", "2", "--warmup", "1"));
    words.addAll(List.of("--quiet", "--json", "-"));
    words.addAll(List.of(more));
    return Ran.run(words.toArray(String[]::new));
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

  @Test
  void theTrainedNetIsRightOnItsPictures() {
    Path data = directory.resolve("pictures");
    Ran wrote =
        Ran.run("data", "shapes-net", "--count", "20", "--seed", "3", "--output", data.toString());
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
    Ran again = Ran.run("data", "shapes-net", "--output", data.toString());
    assertEquals(7, again.code());
    assertEquals("narthex: can't write samples to " + data + ": it is not empty\n", again.err());
  }

  @Test
  void otherModelsGetSamplesThatAreMadeUp() {
    Path data = directory.resolve("made-up");
    Ran ran = Ran.run("data", "mlp", "--count", "2", "--output", data.toString());
    assertEquals("2 samples: x 1x784:float32  -> " + data + "\n", ran.out());
    try (Arena arena = Arena.ofConfined()) {
      float[] first =
          Npy.read(arena, data.resolve("000000.npy")).data().toArray(ValueLayout.JAVA_FLOAT);
      assertEquals(784, first.length);
    }
    assertRefused(
        "nothing differs between samples: none of the model's inputs is made up",
        Ran.run(
            "data",
            "mlp",
            "--input",
            data.resolve("000000.npy").toString(),
            "--output",
            directory.resolve("same").toString()));
  }

  @Test
  void samplesThatDoNotFitAreOneLine() {
    Path data = directory.resolve("no");
    assertRefused("there is no directory " + data, bench("shapes-net", data));
  }
}
