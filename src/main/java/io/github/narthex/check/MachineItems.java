package io.github.narthex.check;

import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Reaction;
import io.github.narthex.internal.text.Bytes;
import java.util.List;
import java.util.Optional;

/** What is deployed, and on what: the file, versions, memory. */
record MachineItems(Subject subject) {
  /** A peak above this share of what there is leaves too little for requests and the heap. */
  private static final double MOST_FOR_MODEL = 0.8;

  private static final double WHOLE = 100;

  private static final String SNAPSHOT = "-SNAPSHOT";

  Group group() {
    return new Group("machine", List.of(file(), libtorch(), narthex(), memory()));
  }

  private Item file() {
    String name = "model file";
    if (subject.bundle().isEmpty()) {
      return Item.unknown(
          name,
          "there is nothing to compare it with",
          "deploy a bundle, which knows the SHA-256 of the file that was proven");
    }
    return subject
        .bundle()
        .get()
        .modelDifference()
        .map(
            difference ->
                Item.notMet(
                    name,
                    difference,
                    "copy the bundle again, or make it anew of the file that you mean"))
        .orElseGet(() -> Item.met(name, "the one that was proven, by its SHA-256"));
  }

  private Item libtorch() {
    String name = "libtorch";
    String here = subject.here().libtorch();
    Optional<Proven> proven = subject.proven();
    if (proven.isEmpty()) {
      return Item.unknown(
          name,
          here + " here; with which one it was tried is not said",
          "deploy a bundle, and libtorch with it (-Dnarthex.libtorch.home=DIR)");
    }
    Optional<String> difference = proven.get().libtorchDifference(here);
    if (difference.isPresent()) {
      return Item.notMet(
          name,
          "the model " + difference.get(),
          "set -Dnarthex.libtorch.home=DIR to that version, or measure again with this one");
    }
    Policy policy =
        subject
            .bundle()
            .map(bundle -> bundle.spec().configuration().policy())
            .orElse(Policy.STANDARD);
    return policy.libtorch() == Reaction.REFUSE
        ? Item.met(name, here + ", as proven; another one is refused")
        : Item.met(
            name,
            here + ", as proven",
            "policy.libtorch: refuse in a bundle has another one refused, not just told");
  }

  private Item narthex() {
    String name = "Narthex";
    String here = subject.here().narthex();
    Optional<Proven> proven = subject.proven();
    if (proven.isEmpty()) {
      return Item.unknown(
          name, here + " here; with which one it was tried is not said", "deploy a bundle");
    }
    if (!proven.get().narthex().equals(here)) {
      return Item.notMet(
          name,
          "the model was proven with %s, and this is %s".formatted(proven.get().narthex(), here),
          "deploy that version, or measure again with this one");
    }
    return here.endsWith(SNAPSHOT)
        ? Item.met(
            name,
            here + ", as proven",
            "a SNAPSHOT is whatever was built last: deploy a release, or keep the jars")
        : Item.met(name, here + ", as proven");
  }

  private Item memory() {
    String name = "memory";
    long there = subject.here().memoryBytes();
    String of = "of %s here".formatted(Bytes.text(there));
    Optional<Long> peak =
        subject.evidence().flatMap(found -> Optional.ofNullable(found.peakBytes()));
    if (peak.isEmpty()) {
      return withoutPeak(name, there, of);
    }
    long bytes = peak.get();
    long percent = Math.round(WHOLE * bytes / there);
    Limits limits =
        subject.bundle().map(bundle -> bundle.spec().configuration().limits()).orElse(Limits.NONE);
    Long limit = limits.maxMemoryBytes();
    if (limit != null && bytes > limit) {
      return Item.notMet(
          name,
          "%s at the peak, and limits.max-memory is %s"
              .formatted(Bytes.text(bytes), Bytes.text(limit)),
          "narthex optimize --goal memory searches for what takes less");
    }
    String found = "%s at the peak, %d %% %s".formatted(Bytes.text(bytes), percent, of);
    return bytes > MOST_FOR_MODEL * there
        ? Item.notMet(
            name,
            found + "; beside it there have to be your heap and what waits",
            "give the process more memory, or search for less: narthex optimize --goal memory")
        : Item.met(name, found + "; your heap and what waits come to that");
  }

  /** The weights alone say when it can't fit, and never that it does. */
  private Item withoutPeak(String name, long there, String of) {
    long weights = subject.source().info(subject.name()).parameterBytes();
    String found = "weights take %s %s".formatted(Bytes.text(weights), of);
    return weights > MOST_FOR_MODEL * there
        ? Item.notMet(name, found, "give the process more memory, or take a smaller model")
        : Item.unknown(
            name,
            found + "; what a call takes besides is not known",
            "narthex bench %s shows the peak".formatted(subject.name()));
  }
}
