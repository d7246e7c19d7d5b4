package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.ModelLoadException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Version;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Machine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A bundle that is opened on something else than it was proven on. */
@ExtendWith(LeakCheck.class)
class DifferencesTest {
  private static final Logger LOGGER = Logger.getLogger(Bundle.class.getName());

  @TempDir Path folder;

  private final List<String> warnings = new ArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          warnings.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private Path target = Path.of("");

  @BeforeEach
  void write() {
    target = Bundles.mlp(folder.resolve("b"), "freeze", Run.UNSET);
    LOGGER.addHandler(handler);
    LOGGER.setUseParentHandlers(false);
  }

  @AfterEach
  void forget() {
    LOGGER.removeHandler(handler);
    LOGGER.setUseParentHandlers(true);
  }

  private void open() {
    Bundle.openCold(target).close();
  }

  private void policy(String key, String before, String after) throws IOException {
    Bundles.edit(target, "  " + key + ": " + before, "  " + key + ": " + after);
  }

  @Test
  void nothingDiffers() {
    open();
    assertEquals(List.of(), warnings);
  }

  @Test
  void anotherLibtorch() throws IOException {
    Bundles.edit(target, "libtorch: \"" + Version.libtorch(), "libtorch: \"2.3.1");
    String difference =
        "%s was proven with libtorch 2.3.1, and this is %s".formatted(target, Version.libtorch());
    open();
    assertEquals(List.of(difference), warnings);
    policy("libtorch", "warn", "ignore");
    open();
    assertEquals(1, warnings.size());
    policy("libtorch", "ignore", "refuse");
    var e = assertThrows(UnsupportedException.class, this::open);
    assertEquals(
        difference + " (policy.libtorch in " + target.resolve("narthex.yaml") + " is refuse)",
        e.getMessage());
  }

  @Test
  void anotherProcessor() throws IOException {
    String cpu = Machine.current().cpu();
    Bundles.edit(target, "cpu: \"" + cpu, "cpu: \"Abacus 9000");
    open();
    assertEquals(
        List.of(
            "%s was proven on Abacus 9000, and this is %s: its figures are not those of this one"
                .formatted(target, cpu)),
        warnings);
    policy("cpu", "warn", "refuse");
    assertThrows(UnsupportedException.class, this::open);
    policy("cpu", "refuse", "ignore");
    open();
    assertEquals(1, warnings.size());
  }

  @Test
  void anotherGpu() throws IOException {
    Bundles.edit(target, "  libtorch: \"", "  gpu: \"NVIDIA H200\"\n  libtorch: \"");
    Differences differences = new Differences(BundleDirectory.read(target));
    differences.checkGpu("NVIDIA H200");
    assertEquals(List.of(), warnings);
    differences.checkGpu("NVIDIA L4");
    differences.checkGpu(null);
    String figures = ": its figures are not those of this one";
    assertEquals(
        List.of(
            target + " was proven on NVIDIA H200, and this is NVIDIA L4" + figures,
            target + " was proven on NVIDIA H200, and which GPU this is can't be told" + figures),
        warnings);
    policy("gpu", "warn", "refuse");
    Differences refusing = new Differences(BundleDirectory.read(target));
    assertThrows(UnsupportedException.class, () -> refusing.checkGpu("NVIDIA L4"));
    policy("gpu", "refuse", "ignore");
    new Differences(BundleDirectory.read(target)).checkGpu("NVIDIA L4");
    assertEquals(2, warnings.size());
  }

  @Test
  void fewerInstructionSets() throws IOException {
    Bundles.edit(target, "isa: []", "isa: [\"sse2\", \"mmx9\"]");
    Differences differences = new Differences(BundleDirectory.read(target));
    Machine here = new Machine("amd64", Machine.current().cpu(), Set.of("sse2", "avx2"));
    differences.checkCpu(here);
    assertTrue(
        warnings.getFirst().contains("which has no mmx9: it may be slower here"),
        warnings::toString);
    warnings.clear();
    differences.checkCpu(new Machine("amd64", here.cpu(), Set.of("sse2", "mmx9", "avx10")));
    assertEquals(List.of(), warnings, "more of them are no difference");
  }

  @Test
  void anotherModel() throws IOException {
    Path file = target.resolve("model.pt");
    String proven = Sha256.of(file);
    try (Arena arena = Arena.ofConfined()) {
      Model.load(arena, file).save(file, Map.of("narthex.json", json("freeze"), "note", json("n")));
    }
    String difference =
        "%s is not the file that the bundle was proven with: its SHA-256 is %s, expected %s"
            .formatted(file, Sha256.of(file), proven);
    var e = assertThrows(ModelLoadException.class, this::open);
    assertTrue(String.valueOf(e.getMessage()).startsWith(difference), e.getMessage());
    policy("model", "refuse", "warn");
    open();
    assertEquals(List.of(difference), warnings);
    policy("model", "warn", "ignore");
    open();
    assertEquals(1, warnings.size());
  }

  private static byte[] json(String recipe) {
    return "{\"recipe\": \"%s\"}"
        .formatted(recipe)
        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Whatever the policy: to write another recipe is not to apply it. */
  @Test
  void anEditedRecipe() throws IOException {
    Bundles.edit(target, "recipe: \"freeze\"", "recipe: bf16 + freeze");
    var e = assertThrows(ConfigurationException.class, this::open);
    String yaml = Files.readString(target.resolve("narthex.yaml"));
    int line = (int) yaml.substring(0, yaml.indexOf("recipe: bf16 +")).lines().count();
    assertEquals(
        ("%s:%d:11: model.recipe: model.pt holds the recipe 'freeze', and 'freeze+bf16' stands"
             + " here: a recipe is applied by narthex optimize --from %s or narthex apply, not by"
             + " an edit")
            .formatted(target.resolve("narthex.yaml"), line, target),
        e.getMessage());
  }

  /** A file without a word of a recipe is as its author made it. */
  @Test
  void aRecipeForAPlainFile() throws IOException {
    Path file = target.resolve("model.pt");
    try (Arena arena = Arena.ofConfined()) {
      Builtin.MLP.build(arena, 0).save(file);
    }
    policy("model", "refuse", "ignore");
    assertThrows(ConfigurationException.class, this::open);
    Bundles.edit(target, "recipe: \"freeze\"", "recipe: eager");
    open();
  }

  @Test
  void whereNothingWasProvenNothingDiffers() throws IOException {
    Path yaml = target.resolve("narthex.yaml");
    String text = Files.readString(yaml);
    int from = text.indexOf("proven:\n");
    Files.writeString(yaml, text.substring(0, from) + text.substring(text.indexOf("\n\n", from)));
    open();
    assertEquals(List.of(), warnings);
  }
}
