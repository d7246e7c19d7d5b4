package io.github.narthex.check;

import static io.github.narthex.check.Checked.assertMet;
import static io.github.narthex.check.Checked.assertNotMet;
import static io.github.narthex.check.Checked.assertUnknown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Models and bundles as a whole; what evidence says is in EvidenceItemsTest. */
@ExtendWith(LeakCheck.class)
class ReviewTest {
  @TempDir Path folder = Path.of("");

  private static Review fixture(String name, String... inputs) {
    return Checked.review(Fixtures.path("models/" + name).toString(), Checked.place(), inputs);
  }

  @Test
  void aBundleWithNothingToSayAgainst() throws IOException {
    Review review = Checked.review(Checked.bundle(folder));

    assertEquals(List.of(), Checked.items(review, Item.State.NOT_MET));
    assertEquals(
        List.of(
            "trained weights",
            "errors handled",
            "monitored",
            "no leaks",
            "under load",
            "trusted origin"),
        Checked.items(review, Item.State.UNKNOWN).stream().map(Item::name).toList());
    assertMet(review, "evaluation mode", "yes");
    assertMet(review, "gradients off", "yes: calls run in inference mode");
    assertMet(review, "no state", "yes");
    assertMet(review, "export", "written by Narthex with libtorch 2.15.0");
    assertMet(review, "inputs said", "1x784:float32");
    assertMet(review, "runs on them", "yes: 1x10:float32");
    assertMet(review, "further shapes", "no step");
    assertMet(review, "warm-up", "Bundle.open calls it three times");
    assertMet(review, "threads", "one call at a time, on 1 thread, on 1 core here");
    assertMet(review, "bounded queue", "up to 1 call runs, 4 wait");
    assertMet(review, "model file", "the one that was proven");
    assertMet(review, "libtorch", "2.15.0+cpu, as proven");
    assertMet(review, "Narthex", "9.9, as proven");
    assertEquals(
        review.groups().stream().mapToLong(group -> group.items().size()).sum(),
        review.count(Item.State.MET)
            + review.count(Item.State.NOT_MET)
            + review.count(Item.State.UNKNOWN));
  }

  @Test
  void aFileOfWhichLittleIsKnown() {
    Review review = fixture("mlp.pt");

    assertEquals(List.of(), Checked.items(review, Item.State.NOT_MET));
    assertUnknown(review, "export", "which one is not in it", "narthex run");
    assertUnknown(review, "inputs said", "does not say shapes", "--input");
    assertUnknown(review, "runs on them", "not known", "--input");
    assertUnknown(review, "warm-up", "your code", "Bundle.open");
    assertUnknown(review, "threads", "unless your code says otherwise", "withThreads(1)");
    assertUnknown(review, "bounded queue", "your code", "run.queue");
    assertMet(review, "accuracy", "no step changes the model's own answers");
    assertUnknown(review, "speed proven here", "nothing was measured", "narthex bench");
    assertUnknown(review, "latency goal", "none is set", "--slo");
    assertUnknown(review, "model file", "nothing to compare", "SHA-256");
    assertUnknown(review, "libtorch", "2.15.0+cpu here", "libtorch.home");
    assertUnknown(review, "Narthex", "9.9 here", "bundle");
    assertUnknown(review, "memory", "weights take", "shows the peak");
  }

  @Test
  void itsInputsCanBeSaid() {
    Review fits = fixture("two-inputs.pt", "2x3", "2x3");
    assertEquals(Item.State.MET, Checked.item(fits, "inputs said").state());
    Review tooFew = fixture("two-inputs.pt", "2x3");
    assertNotMet(tooFew, "runs on them", "", "narthex inspect");
    Review wrong = fixture("mlp.pt", "1x3");
    assertNotMet(wrong, "runs on them", "does not run on these inputs", "narthex inspect");
  }

  @Test
  void trainingMode() {
    assertNotMet(fixture("training.pt"), "evaluation mode", "training mode", "model.eval()");
  }

  @Test
  void state() {
    Review review = fixture("counts.pt");
    assertUnknown(review, "no state", "changes its own state", "one for each stream");
  }

  @Test
  void builtins() {
    Review random = Checked.review("mlp", Checked.place());
    assertNotMet(random, "trained weights", "random", "Builtin.build");
    assertMet(random, "inputs said", "1x784:float32");
    assertMet(random, "trusted origin", "part of Narthex");
    Review trained = Checked.review("shapes-net", Checked.place());
    assertMet(trained, "trained weights", "trained");
  }

  @Test
  void aBundleOfRandomWeights() throws IOException {
    Path bundle = Checked.bundle(folder);
    new MadeEvidence().ofRandomWeights().into(bundle);
    assertNotMet(Checked.review(bundle), "trained weights", "random", "your own model");

    new MadeEvidence().into(bundle);
    Bundles.edit(bundle, "name: \"a test\"", "name: \"resnet50\"");
    assertNotMet(Checked.review(bundle), "trained weights", "random", "your own model");
  }

  @Test
  void gradients() throws IOException {
    Path file = folder.resolve("applied.pt");
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
      for (String recipe : List.of("grad", "no-grad")) {
        String said = "{\"schema\":\"narthex.recipe/1\",\"recipe\":\"%s\"}".formatted(recipe);
        Recipe.parse(recipe)
            .applyTo(arena, model)
            .save(
                file,
                java.util.Map.of(
                    "narthex.json", said.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        Review review = Checked.review(file);
        if (recipe.equals("grad")) {
          assertNotMet(review, "gradients off", "recorded", "leave it out");
        } else {
          assertMet(review, "gradients off", "not run in inference mode");
        }
      }
    }
  }

  @Test
  void moreThreadsThanCores() {
    Path two = Bundles.mlp(folder.resolve("b"), "freeze", Run.of(Threads.of(2)));
    assertNotMet(Checked.review(two), "threads", "on 2 threads, on 1 core here", "run.threads");
    Review roomy = Checked.review(two.toString(), Checked.place(4, Checked.GIGABYTE));
    assertMet(roomy, "threads", "on 2 threads, on 4 cores here");
    assertTrue(Checked.item(roomy, "threads").advice().contains("idle"));
    Path many = Bundles.mlp(folder.resolve("c"), "freeze", Run.of(new Threads(1, 3)));
    assertNotMet(
        Checked.review(many), "threads", "3 calls at the same time, on 1 thread each", "auto");
  }

  @Test
  void aBundleWithoutInputs() throws IOException {
    Path bundle = Checked.bundle(folder);
    Bundles.edit(bundle, "inputs:\n  - \"1x784:float32\"\n", "");
    Review review = Checked.review(bundle);
    assertNotMet(review, "inputs said", "no inputs", "1x3x224x224:float32");
    assertNotMet(review, "warm-up", "nothing to call", "add inputs");
    assertUnknown(review, "runs on them", "not known", "--input");
  }

  @Test
  void shapesThatAreCompiledFor() {
    Path bundle = Bundles.mlp(folder.resolve("b"), "onednn-graph", Run.of(Threads.of(1)));
    assertUnknown(
        Checked.review(bundle), "further shapes", "compiled for each shape", "compilations()");
  }

  @Test
  void aQueueLongerThanTheGoal() throws IOException {
    Path bundle = Checked.bundle(folder);
    Bundles.edit(bundle, "queue: 4", "queue: 64");
    assertUnknown(
        Checked.review(bundle),
        "bounded queue",
        "the last of a full queue has its answer after 260 ms, the goal is 20 ms",
        "set run.queue to 4");
  }

  @Test
  void anotherModelFile() throws IOException {
    Path bundle = Checked.bundle(folder);
    Path other = Bundles.mlp(folder.resolve("o"), "freeze+bf16", Run.UNSET);
    Path file = bundle.resolve("model.pt");
    Files.copy(other.resolve("model.pt"), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.write(file, new byte[0], java.nio.file.StandardOpenOption.APPEND);
    Bundles.edit(bundle, "sha256: \"", "sha256: \"" + "0".repeat(64) + "\" # ");
    assertNotMet(Checked.review(bundle), "model file", "is not the file", "copy the bundle");
  }

  @Test
  void otherVersions() throws IOException {
    Path bundle = Checked.bundle(folder);
    Place place = Checked.place();
    Review review =
        Checked.review(
            bundle.toString(),
            new Place(place.machine(), place.processors(), place.memoryBytes(), "2.14.1", "9.10"));
    assertNotMet(
        review,
        "libtorch",
        "the model was proven with libtorch 2.15.0, and this is 2.14.1",
        "libtorch.home");
    assertNotMet(review, "Narthex", "proven with 9.9, and this is 9.10", "that version");
    Bundles.edit(bundle, "libtorch: warn", "libtorch: refuse");
    assertMet(Checked.review(bundle), "libtorch", "another one is refused");
  }

  @Test
  void memory() throws IOException {
    Path bundle = Checked.bundle(folder);
    assertMet(Checked.review(bundle), "memory", "400 MB at the peak, 40 % of 1.0 GB here");
    Review tight = Checked.review(bundle.toString(), Checked.place(1, 450_000_000));
    assertNotMet(tight, "memory", "400 MB at the peak, 89 % of 450 MB here", "more memory");
    Bundles.edit(bundle, "# max-memory: 1GB ", "max-memory: 300MB ");
    assertNotMet(Checked.review(bundle), "memory", "max-memory is 300 MB", "--goal memory");
    Review hopeless = Checked.review("mlp", Checked.place(1, 1_000_000));
    assertNotMet(hopeless, "memory", "weights take", "smaller model");
  }
}
