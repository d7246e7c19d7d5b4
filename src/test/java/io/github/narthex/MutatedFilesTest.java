package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A damaged file is refused by a {@link NarthexException} of one line, or is still good. */
class MutatedFilesTest {
  private static final int ROUNDS = 200;
  private static final String[] MODELS = {
    "mlp", "mlp-traced", "mlp-frozen", "convnet", "nested", "methods"
  };

  private static final String[] ZIPS = {
    "kinds.pt",
    "checkpoint.pt",
    "protocol4.pt",
    "views.pt",
    "nested.pt",
    "pickle-save.pt",
    "big-endian.pt",
    "stored.npz",
    "deflated.npz"
  };
  private static final String[] PLAIN = {
    "kinds.safetensors", "unaligned.safetensors", "fortran.npy"
  };

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"bytes", "entries", "memory"})
  void damagedModels(String where) {
    Map<String, Integer> counts = run("model", where, paths("models/", ".pt", MODELS));
    assertOnly(ROUNDS * MODELS.length, "ModelLoadException", counts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes", "entries"})
  void damagedTensorFiles(String where) {
    List<String> files = new ArrayList<>(paths("files/", "", ZIPS));
    if (where.equals("bytes")) {
      files.addAll(paths("files/", "", PLAIN));
    }
    Map<String, Integer> counts = run("tensors", where, files);
    assertOnly(ROUNDS * files.size(), "InputException", counts);
  }

  private static List<String> paths(String folder, String suffix, String... names) {
    return Arrays.stream(names)
        .map(name -> Fixtures.path(folder + name + suffix).toString())
        .toList();
  }

  private Map<String, Integer> run(String kind, String where, List<String> files) {
    String[] arguments =
        Stream.concat(Stream.of(kind, where, String.valueOf(ROUNDS)), files.stream())
            .toArray(String[]::new);
    Map<String, Integer> counts = new TreeMap<>();
    for (String line :
        new ForkedJvm(folder)
            .option("-Xmx128m")
            .run(MutatedFiles.class, arguments)
            .assertExit(0)
            .output()
            .lines()
            .toList()) {
      String[] words = line.split(" ", -1);
      counts.put(words[0], Integer.parseInt(words[1]));
    }
    return counts;
  }

  /** Most damage shows; some, in padding or in the value of a weight, does not. */
  private static void assertOnly(int rounds, String refused, Map<String, Integer> counts) {
    assertEquals(rounds, counts.values().stream().mapToInt(Integer::intValue).sum());
    assertTrue(counts.getOrDefault(refused, 0) > ROUNDS, counts::toString);
    assertTrue(counts.getOrDefault("loaded", 0) > 0, counts::toString);
    counts.remove(refused);
    counts.remove("DeviceMemoryException");
    counts.remove("loaded");
    assertEquals(Map.of(), counts);
  }
}
