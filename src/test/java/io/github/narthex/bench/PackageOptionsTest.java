package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.FakePackage;
import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.ModelLoadException;
import io.github.narthex.ModelPackage;
import io.github.narthex.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class PackageOptionsTest {
  private static final String DIGEST = "0123456789abcdef".repeat(4);
  private static final String OTHER = "f".repeat(64);
  private static final String TWO = Fixtures.path("packages/two_models.pt2").toString();

  @TempDir Path folder = Path.of("");

  @Test
  void allThatCanBeSaid() {
    PackageOptions options =
        PackageOptions.parse(
            List.of(
                "force",
                "sha256=" + OTHER.toUpperCase(Locale.ROOT),
                "model=a=b",
                "sha256=" + DIGEST));
    assertEquals(
        ModelPackage.Options.DEFAULT.withModel("a=b").force().allow(Set.of(DIGEST, OTHER)),
        options.options());
    assertEquals(
        List.of("model=a=b", "sha256=" + DIGEST, "sha256=" + OTHER, "force"), options.texts());
    for (List<String> texts :
        List.of(List.<String>of(), List.of("runners=3", "force"), List.of("single-threaded"))) {
      assertEquals(texts, PackageOptions.parse(texts).texts());
    }
  }

  /** On this machine there is none, which is what it must say, and not that the CPU was asked. */
  @Test
  void aPackageForAGpuIsLoadedThere() throws IOException {
    assumeTrue(Devices.count(Device.Type.CUDA) == 0);
    Path file = new FakePackage().metadata("cuda", "x86_64", "").in(folder);
    try (Arena arena = Arena.ofConfined()) {
      UnsupportedException refused =
          assertThrows(
              UnsupportedException.class, () -> PackageOptions.NONE.load(arena, file, Device.CPU));
      assertTrue(
          String.valueOf(refused.getMessage()).startsWith("there is no device cuda:0: "),
          refused::toString);
    }
  }

  @Test
  void callersHaveARunnerEachUnlessItIsSaid() {
    assertEquals(4, PackageOptions.NONE.forCallers(4).options().runners());
    PackageOptions said = PackageOptions.parse(List.of("runners=1"));
    assertEquals(1, said.forCallers(4).options().runners());
    PackageOptions single = PackageOptions.parse(List.of("single-threaded"));
    assertTrue(single.forCallers(1).options().isSingleThreaded());
    assertRefused(() -> single.forCallers(2), "it is for one call at a time, and 2 would run");
    assertEquals(
        List.of(), PackageOptions.NONE.forCallers(4).texts(), "only what was said is told again");
  }

  private static void assertRefused(Runnable parsing, String message) {
    String found =
        String.valueOf(assertThrows(IllegalArgumentException.class, parsing::run).getMessage());
    assertTrue(found.contains(message), found);
  }

  private static void assertBad(String message, String... texts) {
    assertRefused(() -> PackageOptions.parse(List.of(texts)), message);
  }

  @Test
  void mistakes() {
    assertBad(
        "unknown key 'runers'; did you mean runners?; known here are model, runners,"
            + " single-threaded, sha256, force",
        "runers=2");
    assertBad("unknown key ''", "=2");
    assertBad("runners: expected a whole number from 1 to 256, found '0'", "runners=0");
    assertBad("runners: expected a whole number from 1 to 256, found nothing", "runners");
    assertBad("model: expected the name of a model after '='", "model=");
    assertBad("sha256: expected a digest after '='", "sha256");
    assertBad("sha256: expected 64 hexadecimal digits", "sha256=" + DIGEST + "0");
    assertBad("force takes no value, found 'yes'", "force=yes");
    assertBad("model is given twice", "model=a", "model=a");
    assertBad("single-threaded has no locks", "runners=2", "single-threaded");
  }

  private Protocol.Prepared prepare(String... options) {
    return Preparation.run(
        new Protocol.Prepare(
            TWO,
            List.of(options),
            List.of(),
            null,
            0,
            1,
            0,
            1,
            folder.toString(),
            true,
            List.of()));
  }

  private static void load(Protocol.Prepared prepared, int instances) {
    try (Engine engine = new TorchEngine()) {
      var _ =
          engine.load(
              new Protocol.Load(
                  prepared.modelFile(),
                  prepared.model().packageOptions(),
                  prepared.timedInputs(),
                  prepared.arguments(),
                  "eager",
                  List.of(),
                  1,
                  instances));
      for (int i = 0; i < instances; i++) {
        engine.forward(i);
      }
    }
  }

  /** Whoever prepares, and whoever measures. */
  @Test
  void workersLoadAsIsSaid() {
    Protocol.Prepared prepared = prepare("model=decoder");
    assertEquals(List.of("code=2x4:float32"), prepared.inputs());
    assertEquals(List.of("model=decoder"), prepared.model().packageOptions());
    load(prepared, 2);
    assertThrows(ModelLoadException.class, () -> prepare(), "it has two models");
    assertThrows(ModelLoadException.class, () -> prepare("model=encoder", "sha256=" + DIGEST));
  }

  @Test
  void withoutLocksThereAreNoCallersSideBySide() {
    Protocol.Prepared prepared = prepare("model=encoder", "single-threaded");
    load(prepared, 1);
    assertRefused(() -> load(prepared, 2), "one call at a time");
  }

  /** For what is no package, nothing is said. */
  @Test
  void otherModelsAreLoadedAsEver() {
    try (Arena arena = Arena.ofConfined()) {
      String file = Fixtures.path("models/mlp.pt").toString();
      ModelSource source =
          ModelSource.of(arena, file, 0, PackageOptions.parse(List.of("model=decoder")));
      assertEquals(List.of(), source.info(file).packageOptions());
    }
  }
}
