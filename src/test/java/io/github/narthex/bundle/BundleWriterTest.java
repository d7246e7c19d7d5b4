package io.github.narthex.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.ModelLoadException;
import io.github.narthex.bundle.BundleSpec.Source;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.internal.files.WholeDirectory;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class BundleWriterTest {
  private static final BundleSpec SPEC = Bundles.spec(Recipe.EAGER, Run.UNSET, "1x784");

  @TempDir Path folder;

  private Path target() {
    return folder.resolve("b");
  }

  private void write(Map<String, byte[]> files) {
    try (Arena arena = Arena.ofConfined()) {
      BundleWriter.write(target(), SPEC, Builtin.MLP.build(arena, 0), files);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void allIsThere() throws IOException {
    write(Map.of("evidence.json", "{}".getBytes(UTF_8), "report.html", new byte[] {1, 2}));
    assertEquals(List.of("b"), names(folder), "nothing is left beside it");
    assertEquals(
        List.of("evidence.json", "model.pt", "narthex.yaml", "report.html"), names(target()));
    assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(target().resolve("report.html")));
    BundleSpec spec = BundleSpec.read(target());
    assertEquals(Sha256.of(target().resolve("model.pt")), spec.model().sha256());
    assertEquals(SPEC.proven(), spec.proven());
    assertEquals(Recipe.EAGER, RecipeFile.recipeIn(target().resolve("model.pt")).orElseThrow());
  }

  @Test
  void aBundleIsReplacedAsAWhole() throws IOException {
    write(Map.of("old.json", new byte[0]));
    write(Map.of("new.json", new byte[0]));
    assertEquals(List.of("model.pt", "narthex.yaml", "new.json"), names(target()));
    assertEquals(List.of("b"), names(folder));
  }

  @Test
  void anEmptyDirectoryIsTaken() throws IOException {
    Files.createDirectory(target());
    write(Map.of());
    assertTrue(BundleDirectory.isBundle(target()));
  }

  @Test
  void whatALinkLeadsToIsReplaced() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Files.createSymbolicLink(target(), real);
    write(Map.of());
    assertTrue(Files.isSymbolicLink(target()));
    assertEquals(List.of("model.pt", "narthex.yaml"), names(real));
  }

  @Test
  void anythingElseIsRefused() throws IOException {
    Files.createDirectory(target());
    Files.writeString(target().resolve("thesis.tex"), "mine");
    assertRefused("it is a directory with other things in it, and not a bundle, which has a");
    assertEquals(List.of("thesis.tex"), names(target()));
    Files.delete(target().resolve("thesis.tex"));
    Files.delete(target());
    Files.writeString(target(), "mine");
    assertRefused("it is a file");
    assertEquals("mine", Files.readString(target()));
    assertEquals(List.of("b"), names(folder));
  }

  @Test
  void placesWhereNothingCanBeWritten() throws IOException {
    Path nowhere = folder.resolve("no/b");
    var refused = assertThrows(UncheckedIOException.class, () -> BundleWriter.check(nowhere));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.endsWith("there is no directory " + folder.resolve("no")), message);
    assumeFalse("root".equals(System.getProperty("user.name")), "root may write anywhere");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assertRefused("permission denied");
    } finally {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private void assertRefused(String reason) {
    for (var refused :
        List.of(
            assertThrows(UncheckedIOException.class, () -> BundleWriter.check(target())),
            assertThrows(UncheckedIOException.class, () -> write(Map.of())))) {
      assertTrue(
          String.valueOf(refused.getMessage()).contains("can't write " + target() + ": " + reason),
          refused.getMessage());
    }
  }

  @Test
  void aFailureLeavesWhatWasThere() throws IOException {
    write(Map.of("old.json", new byte[0]));
    var failure =
        assertThrows(
            UncheckedIOException.class,
            () ->
                WholeDirectory.write(
                    target(),
                    BundleDirectory::isBundle,
                    "a bundle",
                    directory -> {
                      Files.writeString(directory.resolve("half"), "written");
                      throw new IOException("the disk is full");
                    }));
    assertTrue(String.valueOf(failure.getMessage()).endsWith("the disk is full"));
    assertEquals(List.of("model.pt", "narthex.yaml", "old.json"), names(target()));
    assertEquals(List.of("b"), names(folder));
  }

  @Test
  void namesOfFurtherFiles() throws IOException {
    for (String name : List.of("narthex.yaml", "model.pt", "../x", "", ".hidden", "a/b")) {
      assertThrows(IllegalArgumentException.class, () -> write(Map.of(name, new byte[0])), name);
    }
    assertEquals(List.of(), names(folder));
  }

  @Test
  void aModelInTrainingModeIsNotDeployed() {
    try (Arena arena = Arena.ofConfined()) {
      Model training = Model.load(arena, Fixtures.path("models/training.pt"));
      assertThrows(
          IllegalStateException.class,
          () -> BundleWriter.write(target(), SPEC, training, Map.of()));
    }
  }

  /** A file that says which recipe it holds is taken as it is; another one learns to say so. */
  @Test
  void modelFiles() throws IOException {
    Recipe recipe = Recipe.parse("freeze");
    Path plain = folder.resolve("plain.pt");
    try (Arena arena = Arena.ofConfined()) {
      recipe.applyTo(arena, Builtin.MLP.build(arena, 0)).save(plain);
    }
    BundleSpec spec = Bundles.spec(recipe, Run.UNSET, "1x784");
    BundleWriter.write(target(), spec, plain, Map.of());
    Path deployed = target().resolve("model.pt");
    assertEquals(recipe, RecipeFile.recipeIn(deployed).orElseThrow());
    Path second = folder.resolve("second");
    BundleWriter.write(second, spec, deployed, Map.of());
    assertArrayEquals(Files.readAllBytes(deployed), Files.readAllBytes(second.resolve("model.pt")));
    // In the place of the bundle that it is taken from.
    BundleWriter.write(second, spec, second.resolve("model.pt"), Map.of());
    assertEquals(List.of("model.pt", "narthex.yaml"), names(second));
    try (Bundle bundle = Bundle.open(second)) {
      assertEquals(recipe, bundle.spec().model().recipe());
    }
  }

  @Test
  void sources() {
    Path file = Fixtures.path("models/mlp.pt");
    assertEquals(new Source(file.toString(), Sha256.of(file)), Source.of(file));
    assertThrows(ModelLoadException.class, () -> Source.of(folder.resolve("none.pt")));
  }
}
