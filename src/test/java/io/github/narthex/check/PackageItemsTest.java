package io.github.narthex.check;

import static io.github.narthex.check.Checked.assertMet;
import static io.github.narthex.check.Checked.assertNotMet;
import static io.github.narthex.check.Checked.assertUnknown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.ModelPackage;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** AOTInductor packages, of which other things are known than of TorchScript. */
@ExtendWith(LeakCheck.class)
class PackageItemsTest {
  private static final Set<String> LEVEL_2 = Set.of("pni", "popcnt", "sse4_1", "sse4_2", "ssse3");

  @TempDir Path folder = Path.of("");

  private static Path fixture(String name) {
    return Fixtures.path("packages/" + name + ".pt2");
  }

  /** A machine with one core that the fixtures were compiled for. */
  private static Place place() {
    return place(1, "2.15.0+cpu", LEVEL_2);
  }

  private static Place place(int cores, String libtorch, Set<String> flags) {
    return new Place(
        new Machine("amd64", "Abacus", flags),
        new Processors(cores, cores, OptionalDouble.empty()),
        Checked.GIGABYTE,
        libtorch,
        "9.9");
  }

  private static Review review(Path file, Place place, String... options) {
    try (Arena arena = Arena.ofConfined()) {
      String name = file.toString();
      PackageOptions loaded = PackageOptions.parse(List.of(options));
      return Review.of(
          Subject.of(name, ModelSource.of(arena, name, 0, loaded), List.<InputSpec>of(), place));
    }
  }

  /** A package with a changed input spec. */
  private Path changed(String name, UnaryOperator<String> change) throws IOException {
    Path file = folder.resolve(name + ".pt2");
    try (ZipFile from = new ZipFile(fixture(name).toFile());
        OutputStream out = Files.newOutputStream(file);
        ZipOutputStream to = new ZipOutputStream(out)) {
      for (ZipEntry entry : from.stream().toList()) {
        try (InputStream in = from.getInputStream(entry)) {
          byte[] bytes = in.readAllBytes();
          if (entry.getName().endsWith("/extra/narthex.json")) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            String other = change.apply(text);
            assertTrue(!other.equals(text), text);
            bytes = other.getBytes(StandardCharsets.UTF_8);
          }
          to.putNextEntry(new ZipEntry(entry.getName()));
          to.write(bytes);
          to.closeEntry();
        }
      }
    }
    return file;
  }

  @Test
  void onesThatSayWhatTheyAre() {
    Review review = review(fixture("dynamic_batch"), place());

    assertEquals(List.of(), Checked.items(review, Item.State.NOT_MET));
    assertMet(review, "evaluation mode", "it was exported in it");
    assertMet(review, "gradients off", "yes");
    assertUnknown(review, "trained weights", "does not say how good", "--data DIR");
    assertMet(review, "no state", "yes");
    assertMet(review, "export", "by torch 2.15.0, from Python code");
    assertMet(review, "processor", "compiled for all processors of x86-64-v2");
    assertTrue(Checked.item(review, "processor").advice().contains("--isa x86-64-v3"));
    assertMet(review, "checked calls", "count, structure, dtype, rank, sizes and their bounds");
    assertMet(review, "compiled threads", "as many as its caller has");
    assertMet(review, "inputs said", "x: float32 [batch 1..16, 8]");
    assertMet(review, "runs on them", "yes: 1x4:float32");
    assertMet(review, "further shapes", "what does not fit its inputs is refused");
    assertUnknown(review, "warm-up", "nothing is compiled in calls", "Bundle.open");
    assertUnknown(
        review,
        "accuracy",
        "off by 0 % over 4 made-up calls when it was compiled",
        "narthex verify");
    assertUnknown(review, "speed proven here", "nothing was measured", "narthex bench");
    assertUnknown(review, "latency goal", "none is set", "narthex load");
    assertUnknown(review, "model file", "nothing to compare", "--package sha256=");
    assertMet(review, "libtorch", "2.15.0+cpu, of the version that compiled it");
    assertUnknown(review, "memory", "code and weights take 0 MB", "shows the peak");
    assertUnknown(review, "trusted origin", "machine code", "SHA-256");
    assertTrue(
        Checked.items(review, Item.State.UNKNOWN).stream()
            .noneMatch(item -> item.advice().contains("optimize")),
        review::toString);
  }

  @Test
  void onesThatSayNothing() {
    Review review = review(fixture("plain"), place());

    assertEquals(List.of(), Checked.items(review, Item.State.NOT_MET));
    assertUnknown(review, "evaluation mode", "does not say which", "model.eval()");
    assertUnknown(review, "no state", "does not say", "narthex export");
    assertUnknown(review, "export", "which torch compiled it", "narthex export");
    assertUnknown(review, "processor", "INVALID_VEC_ISA; what else", "narthex export");
    assertUnknown(review, "checked calls", "count, structure before each call", "input spec");
    assertUnknown(review, "compiled threads", "can't be seen", "cpp.dynamic_threads");
    assertUnknown(review, "inputs said", "AOTInductor says nothing", "--input");
    assertUnknown(review, "further shapes", "is not said", "--dynamic");
    assertUnknown(review, "accuracy", "is not said", "narthex verify");
    assertUnknown(review, "libtorch", "2.15.0+cpu here", "bundle");
  }

  @Test
  void state() {
    Review review = review(fixture("counter"), place());
    assertUnknown(review, "no state", "changes its own state", "one for each stream");
  }

  @Test
  void itsDigestCanBeNamed() {
    String digest = ModelPackage.read(fixture("mixed")).sha256();
    String other = "0".repeat(64);
    assertMet(
        review(fixture("mixed"), place(), "sha256=" + digest),
        "model file",
        "the one that may be loaded");
    assertMet(
        review(fixture("mixed"), place(), "sha256=" + digest, "sha256=" + other),
        "model file",
        "one of the 2 that may be loaded");
  }

  @Test
  void oneOfSeveralModels() {
    Review review = review(fixture("two_models"), place(), "model=decoder");
    assertMet(review, "inputs said", "code: float32 [2, 4]");
    assertMet(review, "runs on them", "yes: 2x8:float32");
  }

  @Test
  void anotherProcessor() {
    Place lesser = place(1, "2.15.0", Set.of("pni", "ssse3"));
    assertNotMet(
        review(fixture("mixed"), lesser),
        "processor",
        "compiled for processors with popcnt, sse4_1, sse4_2, which this one lacks",
        "--isa x86-64-v3");
  }

  /** That layouts of weights suit it is known only where vectors are as wide. */
  @Test
  void compiledForTheMachineThatCompiledIt() throws IOException {
    Path file = changed("mixed", text -> text.replace("\"x86-64-v2\"", "\"native\""));
    assertMet(review(file, place()), "processor", "this one has all that it needs");
    Set<String> wide = new HashSet<>(LEVEL_2);
    wide.addAll(List.of("avx2", "avx512bw"));
    assertUnknown(
        review(file, place(1, "2.15.0", wide)),
        "processor",
        "with INVALID_VEC_ISA, and this one has avx512",
        "narthex bench");
  }

  @Test
  void threadsThatWereCompiledIn() throws IOException {
    Path two = changed("mixed", text -> text.replace("\"threads\": null", "\"threads\": 2"));
    assertNotMet(
        review(two, place()),
        "compiled threads",
        "2 in each call, whatever its caller has: 2 in all, on 1 core here",
        "without --threads");
    Place many = place(64, "2.15.0", LEVEL_2);
    Path most = changed("mixed", text -> text.replace("\"threads\": null", "\"threads\": 63"));
    assertUnknown(review(most, many), "compiled threads", "63 in each call", "without --threads");
  }

  @Test
  void otherVersionsOfTorch() throws IOException {
    Path file = fixture("mixed");
    assertUnknown(
        review(file, place(1, "2.16.1", LEVEL_2)),
        "libtorch",
        "compiled by torch 2.15.0, and libtorch 2.16.1 runs here",
        "narthex verify");
    assertNotMet(
        review(file, place(1, "2.14.0", LEVEL_2)), "libtorch", "which is older", "newer libtorch");
  }

  @Test
  void answersThatWereNotRight() throws IOException {
    Path file = changed("mixed", text -> text.replace("\"max_rel\": 0.0", "\"max_rel\": NaN"));
    assertNotMet(review(file, place()), "accuracy", "not finite over 1 made-up call", "--dtype");
    Path none = changed("mixed", text -> text.replace("\"accuracy\":", "\"inaccuracy\":"));
    assertUnknown(review(none, place()), "accuracy", "is not said", "narthex verify");
  }
}
