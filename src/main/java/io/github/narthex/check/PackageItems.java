package io.github.narthex.check;

import io.github.narthex.ModelPackage;
import io.github.narthex.ModelPackage.Compiled;
import io.github.narthex.ModelPackage.Spec;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Threads;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** What matters of compiled code only: what it was compiled for, and what it checks. */
record PackageItems(Subject subject, Compiled code) {
  private static final String EXPORT = "narthex export writes it into packages";

  /** Inductor's vectors, by what a processor must have for them; the widest first. */
  private static final List<Vectors> WIDTHS =
      List.of(new Vectors("avx512", "avx512bw"), new Vectors("avx2", "avx2"));

  private record Vectors(String name, String flag) {}

  Group group() {
    return new Group("package", List.of(processor(), calls(), threads()));
  }

  private Item processor() {
    String name = "processor";
    Machine here = subject.here().machine();
    List<String> features = code.spec().map(Spec::cpuFeatures).orElse(List.of());
    if (features.isEmpty()) {
      return Item.unknown(
          name,
          "compiled for %s; what else of a processor it uses is not said"
              .formatted(code.isa().isEmpty() ? "vectors that it does not name" : code.isa()),
          EXPORT + "; or run it once on each kind of machine that it is to serve on");
    }
    List<String> missing = features.stream().filter(flag -> !here.hasCpuFlag(flag)).toList();
    if (!here.cpuFlags().isEmpty() && !missing.isEmpty()) {
      return Item.notMet(
          name,
          "compiled for processors with %s, which this one lacks: an instruction that is not there"
                  .formatted(String.join(", ", missing))
              + " ends the process",
          "compile it on this machine, or for all such machines: narthex export --isa x86-64-v3");
    }
    String level = code.spec().map(Spec::isa).orElse("");
    return level.equals("native") ? compiledNatively(name, here) : compiledFor(name, level);
  }

  private static Item compiledFor(String name, String level) {
    return Item.met(
        name,
        "compiled for all processors of " + level,
        level.equals("x86-64-v2")
            ? "Inductor writes no vectors for it: --isa x86-64-v3 is faster where all have AVX2"
            : "");
  }

  private Item compiledNatively(String name, Machine here) {
    String vectors = code.isa().toLowerCase(Locale.ROOT);
    Optional<String> widest =
        WIDTHS.stream()
            .filter(width -> here.hasCpuFlag(width.flag()))
            .map(Vectors::name)
            .findFirst();
    String found = "compiled for the kind of processor that compiled it";
    return widest.isEmpty() || vectors.startsWith(widest.get())
        ? Item.met(
            name,
            found + ", and this one has all that it needs",
            "where processors differ, narthex export --isa x86-64-v3 is for all of them")
        : Item.unknown(
            name,
            "%s, with %s, and this one has %s: weights in the other's layout are right, and can be"
                    .formatted(found, vectors.isEmpty() ? "no vectors" : code.isa(), widest.get())
                + " slow",
            "compile it on this machine, or measure it here: narthex bench " + subject.name());
  }

  private Item calls() {
    String name = "checked calls";
    String before = String.join(", ", code.checkedBeforeCalls());
    String byCode = String.join(", ", ModelPackage.CHECKED_BY_CODE);
    return code.spec().isPresent()
        ? Item.met(name, "%s before each call; %s by the code".formatted(before, byCode))
        : Item.unknown(
            name,
            "%s before each call; %s by the code, if it was compiled with these checks, which"
                    .formatted(before, byCode)
                + " can't be seen",
            "an input spec has all of them checked: " + EXPORT);
  }

  private Item threads() {
    String name = "compiled threads";
    if (code.spec().isEmpty()) {
      return Item.unknown(
          name,
          "Inductor writes the number of threads of the machine that compiles into the code, unless"
              + " it is told not to, and whether it did can't be seen",
          "narthex export leaves the number to the caller; elsewhere: cpp.dynamic_threads");
    }
    OptionalInt compiled = code.spec().get().threads();
    if (compiled.isEmpty()) {
      return Item.met(name, "as many as its caller has");
    }
    Threads asked = subject.threads();
    Threads used = new Threads(compiled.getAsInt(), asked.instances());
    int cores = subject.here().processors().usableCores();
    if (used.total() > cores) {
      return Item.notMet(
          name,
          "%d in each call, whatever its caller has: %d in all, on %d core%s here"
              .formatted(used.intra(), used.total(), cores, cores == 1 ? "" : "s"),
          "compile it again without --threads");
    }
    return used.intra() == asked.intra()
        ? Item.met(name, "%d, as its caller has".formatted(used.intra()))
        : Item.unknown(
            name,
            "%d in each call, whatever its caller has, and %d %s asked for"
                .formatted(used.intra(), asked.intra(), asked.intra() == 1 ? "is" : "are"),
            "compile it again without --threads, or ask for as many");
  }
}
