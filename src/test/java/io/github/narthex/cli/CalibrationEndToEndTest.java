package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.Value;
import io.github.narthex.io.SampleDirectory;
import io.github.narthex.io.Samples;
import io.github.narthex.models.ShapePictures;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recipes that need samples: from a directory, or made up. */
class CalibrationEndToEndTest {
  @TempDir Path directory;

  private static JsonObject row(Ran ran, int index) {
    assertEquals(0, ran.code(), ran.err());
    return ran.json().getAsJsonArray("results").get(index).getAsJsonObject();
  }

  private static Ran bench(Path data, String recipe) {
    return Ran.run(
        "bench",
        "shapes-net",
        "--data",
        data.toString(),
        "--recipe",
        recipe,
        "--iterations",
        "2",
        "--warmup",
        "1",
        "--max-error",
        "20%",
        "--quiet",
        "--json",
        "-");
  }

  /** Pictures of which every second one is black, or not. */
  private Path data(int count, boolean isPlanted) {
    Samples pictures = ShapePictures.of(3).samples(0, count);
    Samples samples =
        new Samples() {
          @Override
          public int count() {
            return count;
          }

          @Override
          public SequencedMap<String, Value> sample(Arena arena, int index) {
            SequencedMap<String, Value> sample = new LinkedHashMap<>(pictures.sample(arena, index));
            if (isPlanted && index % 2 == 0) {
              sample.replaceAll((name, value) -> Value.of(value.tensor().mul(0)));
            }
            return sample;
          }
        };
    Path data = directory.resolve("data");
    SampleDirectory.write(data, samples);
    return data;
  }

  @Test
  void benchCalibratesWithSamples() {
    JsonObject row = row(bench(data(20, false), "static-int8:max-error=0.9"), 1);
    assertEquals("ok", row.get("status").getAsString(), row::toString);
    assertTrue(
        row.getAsJsonArray("notes").get(0).getAsString().startsWith("no layer has to stay"),
        row::toString);
  }

  /** Of 128 samples, every second one calibrates, and these are all black. */
  @Test
  void aWrongCalibrationIsRefused() {
    JsonObject row = row(bench(data(128, true), "static-int8"), 1);
    assertEquals("inaccurate", row.get("status").getAsString(), row::toString);
    double error = row.getAsJsonObject("accuracy").get("max_rel").getAsDouble();
    assertTrue(error > 0.3, row::toString);
  }

  @Test
  void runSaysThatInputsAreMadeUp() {
    Ran ran = Ran.run("run", "shapes-net", "--recipe", "static-int8");
    assertEquals(0, ran.code(), ran.err());
    assertEquals(
        "narthex: calibrated with made-up inputs, which say little of real ones: give samples with"
            + " --data\n",
        ran.err());
    ran =
        Ran.run(
            "run", "shapes-net", "--recipe", "static-int8", "--data", data(4, false).toString());
    assertEquals(0, ran.code(), ran.err());
    assertEquals("", ran.err());
  }

  @Test
  void mistakesAreOneLine() {
    Path none = directory.resolve("none");
    Ran ran = Ran.run("run", "shapes-net", "--recipe", "static-int8", "--data", none.toString());
    assertEquals("narthex: there is no directory " + none + "\n", ran.err());
    ran = Ran.run("run", "shapes-net", "--recipe", "static-int8:keep=fc7");
    assertTrue(ran.err().contains("narthex: the model has no layer 'fc7', it has: "), ran.err());
    ran = Ran.run("run", "shapes-net", "--data", none.toString());
    assertEquals(ExitCode.USAGE, ran.code());
    assertTrue(
        ran.err().contains("--data is for recipes that need samples, such as static-int8"),
        ran.err());
  }
}
