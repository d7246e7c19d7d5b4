package io.github.narthex.check;

import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Reaction;
import io.github.narthex.internal.text.Bytes;
import io.github.narthex.internal.text.Versions;
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
    if (subject.bundle().isEmpty() && subject.compiled().isPresent()) {
      return packageFile(name);
    }
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

  /** Loaded it was, so that it has one of the digests that were named. */
  private Item packageFile(String name) {
    int digests = subject.source().packageOptions().options().allowed().size();
    return digests > 0
        ? Item.met(
            name,
            digests == 1
                ? "the one that may be loaded, by its SHA-256"
                : "one of the %d that may be loaded, by its SHA-256".formatted(digests),
            "ModelPackage.Options.allow has your code refuse others too")
        : Item.unknown(
            name,
            "there is nothing to compare it with",
            "name its SHA-256 (narthex inspect): --package sha256=HEX here,"
                + " ModelPackage.Options.allow in your code; or deploy a bundle, which knows it");
  }

  private Item libtorch() {
    String name = "libtorch";
    String here = subject.here().libtorch();
    Optional<Proven> proven = subject.proven();
    if (proven.isEmpty() && subject.spec().isPresent()) {
      return compiledBy(name, subject.spec().get().torch(), here);
    }
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

  /** The interface of compiled code is kept by newer versions; what kernels answer need not be. */
  private Item compiledBy(String name, String torch, String here) {
    int order = Versions.compareMinor(torch, here);
    String found = "compiled by torch %s, and libtorch %s runs here".formatted(torch, here);
    if (order > 0) {
      return Item.notMet(
          name,
          found + ", which is older",
          "compile it with that version, or run a newer libtorch");
    }
    return order == 0
        ? Item.met(name, here + ", of the version that compiled it")
        : Item.unknown(
            name,
            found + ", whose kernels may answer differently",
            "compile it with that version, or compare: narthex verify ORIGINAL " + subject.name());
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
    ModelInfo info = subject.source().info(subject.name());
    boolean isPackage = subject.compiled().isPresent();
    // Those that were folded when it was compiled are in the code.
    long weights = isPackage ? info.fileBytes() : info.parameterBytes();
    String found =
        "%s %s %s"
            .formatted(
                isPackage ? "code and weights take" : "weights take", Bytes.text(weights), of);
    return weights > MOST_FOR_MODEL * there
        ? Item.notMet(name, found, "give the process more memory, or take a smaller model")
        : Item.unknown(
            name,
            found + "; what a call takes besides is not known",
            "narthex bench %s shows the peak".formatted(subject.name()));
  }
}
