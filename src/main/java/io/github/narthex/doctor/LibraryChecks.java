package io.github.narthex.doctor;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The native library and libtorch: whether they load, and which runtimes come with them.
 *
 * @param report of the process that loaded them
 */
record LibraryChecks(LibtorchReport report) {
  private static final Pattern OPENMP = Pattern.compile("lib(gomp|iomp5|omp5?)[-.].*");
  private static final Pattern MKL = Pattern.compile("libmkl_.*");
  private static final Pattern MKL_IN_LIBTORCH =
      Pattern.compile("(?m)^\\s*- (.*Math Kernel Library Version \\S+)");

  Section section() {
    Checklist checks = new Checklist("libraries");
    checks.add("native library", this::nativeLibrary);
    checks.add("libtorch", this::libtorch);
    if (!report.mapped().isEmpty()) {
      checks.add("OpenMP", this::openMp);
      checks.add("MKL", this::mkl);
    }
    return checks.section();
  }

  private Finding nativeLibrary() {
    String location = report.location();
    if (location == null) {
      return Finding.error(
          failure(),
          "mvn package builds it; -Dnarthex.library=FILE names it; docs/errors.md: Set-up");
    }
    return Finding.ok(
        report.abi() == 0 ? location : location + ", interface version " + report.abi());
  }

  private Finding libtorch() {
    LibtorchFacts libtorch = report.libtorch();
    if (report.failure() == null && libtorch != null) {
      return Finding.ok(
          mapped("libtorch_cpu.so")
              .map(path -> libtorch.version() + ", " + path)
              .orElse(libtorch.version()));
    }
    return report.location() == null
        ? Finding.error("not loaded, since the native library loads it", "see above")
        : Finding.error(failure(), cure(failure()));
  }

  private String failure() {
    String failure = report.failure() == null ? "nothing is known of it" : report.failure();
    return (failure + "\n" + report.detail()).strip();
  }

  /** By the words of Java and of the dynamic linker; where a message has its cure, that is it. */
  private static String cure(String failure) {
    if (failure.contains("--enable-native-access=")) {
      return "start Java with the flag that the message names";
    }
    if (failure.contains("GLIBC_") || failure.contains("GLIBCXX_")) {
      return "use a system with a later C or C++ library: libtorch's wheel needs glibc 2.28";
    }
    if (failure.contains("undefined symbol") || failure.contains("was built with libtorch")) {
      return "use the libtorch that the native library was built with"
          + " (-Dnarthex.libtorch.home=DIR), or build it with the one that is there:"
          + " LIBTORCH_HOME=DIR mvn package";
    }
    if (failure.contains("failed to map segment")) {
      return "put it where programs may be run from (not mounted noexec), and see that there is"
          + " memory";
    }
    if (failure.contains("can't be loaded") || failure.contains("cannot open shared object")) {
      return "-Dnarthex.libtorch.home=DIR names an unpacked libtorch, or a wheel's torch folder";
    }
    return "see docs/errors.md, Set-up; -Dnarthex.libtorch.home=DIR names another libtorch,"
        + " -Dnarthex.library=FILE another native library";
  }

  private Finding openMp() {
    List<String> runtimes = allMapped(OPENMP);
    if (runtimes.isEmpty()) {
      return Finding.ok("none");
    }
    String found = String.join(", ", runtimes);
    return runtimes.size() == 1
        ? Finding.ok(found)
        : Finding.warning(
            found,
            "let one remain (look at LD_PRELOAD, LD_LIBRARY_PATH and what else the process loads):"
                + " each has threads of its own, which keep the processors from the other's");
  }

  /** The wheel has MKL inside of libtorch_cpu.so, where nothing of it is mapped. */
  private Finding mkl() {
    List<String> libraries = allMapped(MKL);
    LibtorchFacts libtorch = report.libtorch();
    String config = libtorch == null || libtorch.config() == null ? "" : libtorch.config();
    Matcher inside = MKL_IN_LIBTORCH.matcher(config);
    String version = inside.find() ? inside.group(1) : "";
    if (libraries.isEmpty()) {
      return Finding.ok(version.isEmpty() ? "none mapped" : "in libtorch: " + version);
    }
    TreeSet<String> directories = new TreeSet<>();
    libraries.forEach(path -> directories.add(path.substring(0, path.lastIndexOf('/'))));
    boolean isTwice =
        directories.size() > 1
            || (has(libraries, "libmkl_gnu_thread") && has(libraries, "libmkl_intel_thread"));
    String found = String.join(", ", libraries) + (version.isEmpty() ? "" : "; " + version);
    return isTwice
        ? Finding.warning(
            found, "let the libraries of one MKL remain, with one of its threading layers")
        : Finding.ok(found);
  }

  private static boolean has(List<String> libraries, String name) {
    return libraries.stream().anyMatch(path -> path.contains("/" + name));
  }

  private Optional<String> mapped(String name) {
    return report.mapped().stream().filter(path -> path.endsWith("/" + name)).findFirst();
  }

  private List<String> allMapped(Pattern name) {
    return report.mapped().stream()
        .filter(path -> name.matcher(path.substring(path.lastIndexOf('/') + 1)).matches())
        .toList();
  }
}
