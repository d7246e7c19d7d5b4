package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A damaged model file is refused by a {@link NarthexException} of one line, or is still good. */
class MutatedFilesTest {
  private static final int ROUNDS = 200;
  private static final String[] MODELS = {
    "mlp", "mlp-traced", "mlp-frozen", "convnet", "nested", "methods"
  };

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"bytes", "entries", "memory"})
  void damaged(String where) {
    String[] arguments =
        Stream.concat(
                Stream.of(where, String.valueOf(ROUNDS)),
                Stream.of(MODELS).map(name -> Fixtures.path("models/" + name + ".pt").toString()))
            .toArray(String[]::new);
    Map<String, Integer> counts = new TreeMap<>();
    for (String line :
        new ForkedJvm(folder)
            .run(MutatedFiles.class, arguments)
            .assertExit(0)
            .output()
            .lines()
            .toList()) {
      String[] words = line.split(" ", -1);
      counts.put(words[0], Integer.parseInt(words[1]));
    }
    assertEquals(
        ROUNDS * MODELS.length, counts.values().stream().mapToInt(Integer::intValue).sum());
    // Most damage shows; some, in padding or in the value of a weight, does not.
    assertTrue(counts.getOrDefault("ModelLoadException", 0) > ROUNDS, counts::toString);
    assertTrue(counts.getOrDefault("loaded", 0) > 0, counts::toString);
    counts.remove("ModelLoadException");
    counts.remove("DeviceMemoryException");
    counts.remove("loaded");
    assertEquals(Map.of(), counts);
  }
}
