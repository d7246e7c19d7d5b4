package io.github.narthex.check;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Version;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** Has models checked, and looks at what came of it. */
final class Checked {
  static final long GIGABYTE = 1_000_000_000;

  private Checked() {}

  /** A machine with one core and 1 GB, on which {@link #bundle} was proven. */
  static Place place() {
    return place(1, GIGABYTE);
  }

  static Place place(int cores, long memoryBytes) {
    return new Place(
        new Machine("amd64", "Abacus", Set.of("avx2")),
        new Processors(cores, cores, OptionalDouble.empty()),
        memoryBytes,
        "2.15.0+cpu",
        "9.9");
  }

  /** A bundle with nothing to say against: of freeze+bf16, on one thread, with goals and proof. */
  static Path bundle(Path folder) throws IOException {
    Path bundle = Bundles.mlp(folder.resolve("b"), "freeze+bf16", Run.of(Threads.of(1)));
    Bundles.edit(bundle, "# p99-ms: 20 ", "p99-ms: 20 ");
    Bundles.edit(bundle, "# max-error: 1% ", "max-error: 1% ");
    Bundles.edit(bundle, "queue: 64", "queue: 4");
    Bundles.edit(bundle, "cpu: \"" + Machine.current().cpu() + "\"", "cpu: \"Abacus\"");
    Bundles.edit(bundle, "libtorch: \"" + Version.libtorch() + "\"", "libtorch: \"2.15.0\"");
    Bundles.edit(bundle, "narthex: \"" + Version.NARTHEX + "\"", "narthex: \"9.9\"");
    new MadeEvidence().into(bundle);
    return bundle;
  }

  static Review review(Path model) {
    return review(model.toString(), place());
  }

  static Review review(String model, Place place, String... inputs) {
    try (Arena arena = Arena.ofConfined()) {
      return Review.of(
          Subject.of(
              model,
              ModelSource.of(arena, model, 0),
              Arrays.stream(inputs).map(InputSpec::parse).toList(),
              place));
    }
  }

  static List<Item> items(Review review, Item.State state) {
    return review.groups().stream()
        .flatMap(group -> group.items().stream())
        .filter(item -> item.state() == state)
        .toList();
  }

  static Item item(Review review, String name) {
    return review.groups().stream()
        .flatMap(group -> group.items().stream())
        .filter(item -> item.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + review));
  }

  static void assertMet(Review review, String name, String found) {
    assertState(Item.State.MET, review, name, found, "");
  }

  /** What is not met says what to do. */
  static void assertNotMet(Review review, String name, String found, String adviceHas) {
    assertState(Item.State.NOT_MET, review, name, found, adviceHas);
  }

  static void assertUnknown(Review review, String name, String found, String adviceHas) {
    assertState(Item.State.UNKNOWN, review, name, found, adviceHas);
  }

  private static void assertState(
      Item.State state, Review review, String name, String found, String adviceHas) {
    Item item = item(review, name);
    assertAll(
        () -> assertEquals(state, item.state(), item.toString()),
        () -> assertTrue(item.found().contains(found), item.toString()),
        () -> assertTrue(item.advice().contains(adviceHas), item.toString()),
        () -> assertTrue(state == Item.State.MET || !item.advice().isEmpty(), item.toString()));
  }
}
