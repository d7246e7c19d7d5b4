package io.github.narthex.check;

import static io.github.narthex.check.Checked.assertMet;
import static io.github.narthex.check.Checked.assertNotMet;
import static io.github.narthex.check.Checked.assertUnknown;

import io.github.narthex.LeakCheck;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.strategy.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the evidence of a bundle comes to. */
@ExtendWith(LeakCheck.class)
class EvidenceItemsTest {
  @TempDir Path folder = Path.of("");

  private Path bundle = Path.of("");

  @BeforeEach
  void write() throws IOException {
    bundle = Checked.bundle(folder);
  }

  private Review with(MadeEvidence evidence) {
    evidence.into(bundle);
    return Checked.review(bundle);
  }

  @Test
  void allIsWell() {
    Review review = with(new MadeEvidence());
    assertMet(review, "accuracy", "off by 0.64 % (1 % allowed), over 200 samples of yours");
    assertMet(review, "speed proven here", "p50 4 ms, p99 9.5 ms over 1000 forwards");
    assertMet(review, "latency goal", "p99 at most 20 ms, measured 9.5 ms");
  }

  @Test
  void accuracyThatIsNotKnown() {
    assertUnknown(
        with(new MadeEvidence().overMadeUpInputs()), "accuracy", "made-up inputs", "--data DIR");
    assertUnknown(
        with(new MadeEvidence().inputs(99)),
        "accuracy",
        "99 samples of yours, which are few",
        "100");
  }

  @Test
  void accuracyWithoutALimit() throws IOException {
    Bundles.edit(bundle, "max-error: 1% ", "# max-error: 1% ");
    assertUnknown(
        with(new MadeEvidence()), "accuracy", "off by 0.64 %, over 200", "accuracy.max-error");
  }

  @Test
  void accuracyThatIsNotEnough() throws IOException {
    assertNotMet(with(new MadeEvidence().notFinite()), "accuracy", "not finite", "allow more");
    assertNotMet(with(new MadeEvidence().inputs(0)), "accuracy", "were not compared", "--data DIR");
    Bundles.edit(bundle, "max-error: 1% ", "max-error: 0.1% ");
    assertNotMet(
        with(new MadeEvidence()), "accuracy", "off by 0.64 % (0.1 % allowed)", "allow more");
    Bundles.edit(bundle, "max-error: 0.1% ", "max-error: 1% ");
    Bundles.edit(bundle, "# min-agreement: 99.9% ", "min-agreement: 99.9% ");
    assertNotMet(
        with(new MadeEvidence()), "accuracy", "99.5 % agree (99.9 % asked for)", "allow more");
  }

  @Test
  void noEvidence() throws IOException {
    Files.delete(bundle.resolve("evidence.json"));
    Review review = Checked.review(bundle);
    assertNotMet(review, "accuracy", "nothing was measured", "narthex optimize --from");
    assertUnknown(review, "speed proven here", "no figures", "narthex bench");
    assertUnknown(review, "latency goal", "p99 at most 20 ms; nothing", "narthex optimize");
    assertUnknown(review, "memory", "weights take", "narthex bench");
  }

  @Test
  void evidenceThatSaysNothingHere() throws IOException {
    assertNotMet(
        with(new MadeEvidence().recipe("freeze")),
        "accuracy",
        "what was measured is freeze, and the model holds freeze+bf16",
        "narthex optimize");
    Files.writeString(bundle.resolve("evidence.json"), "{\"schema\": \"narthex");
    assertNotMet(Checked.review(bundle), "accuracy", "evidence.json", "narthex optimize");
  }

  @Test
  void anotherProcessor() {
    Place place = Checked.place();
    Review review =
        Checked.review(
            bundle.toString(),
            new Place(
                new Machine("amd64", "Calculator", Set.of()),
                place.processors(),
                place.memoryBytes(),
                place.libtorch(),
                place.narthex()));
    assertNotMet(
        review,
        "speed proven here",
        "it was proven on Abacus, and this is Calculator",
        "narthex bench");
  }

  @Test
  void nobodyKnowsWhatItWasProvenOn() throws IOException {
    Path yaml = bundle.resolve("narthex.yaml");
    Files.writeString(
        yaml, Files.readString(yaml).replaceFirst("(?s)\\nproven:.*?\\n(?=\\n|policy)", "\n"));
    Review review = Checked.review(bundle);
    assertNotMet(review, "speed proven here", "does not say what it was proven on", "optimize");
    assertUnknown(review, "libtorch", "is not said", "libtorch.home");
  }

  @Test
  void speedThatIsNotProven() {
    assertNotMet(
        with(new MadeEvidence().threads(2)),
        "speed proven here",
        "measured with 2 threads, and runs with 1 here",
        "narthex bench");
    assertUnknown(
        with(new MadeEvidence().unstable("turns scatter by 22 %")),
        "speed proven here",
        "turns scatter by 22 %",
        "--require-stable");
  }

  @Test
  void goals() throws IOException {
    assertUnknown(
        with(new MadeEvidence().withoutP99()),
        "latency goal",
        "not known after 1000 forwards",
        "--iterations");
    Bundles.edit(bundle, "p99-ms: 20 ", "p99-ms: 9 ");
    assertNotMet(
        with(new MadeEvidence()),
        "latency goal",
        "p99 at most 9 ms, measured 9.5 ms",
        "narthex optimize");
    Bundles.edit(bundle, "# min-items-per-s: 100 ", "min-items-per-s: 200 ");
    assertMet(
        Checked.review(bundle), "throughput goal", "at least 200 items a second, measured 250");
    Bundles.edit(bundle, "min-items-per-s: 200 ", "min-items-per-s: 300 ");
    assertNotMet(Checked.review(bundle), "throughput goal", "measured 250", "narthex optimize");
    Files.delete(bundle.resolve("evidence.json"));
    assertUnknown(Checked.review(bundle), "throughput goal", "at least 300", "narthex optimize");
  }
}
