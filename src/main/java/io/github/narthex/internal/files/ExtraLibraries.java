package io.github.narthex.internal.files;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Libraries that a JVM loads along with libtorch, as the system property {@value #PROPERTY} lists
 * them, separated as paths are: runtimes that models were compiled for, operators, devices.
 */
public final class ExtraLibraries {
  /** The system property. */
  public static final String PROPERTY = "narthex.libraries";

  private ExtraLibraries() {}

  /** Those that are listed. */
  public static List<String> paths() {
    String listed = System.getProperty(PROPERTY, "");
    return listed.isEmpty() ? List.of() : List.of(listed.split(File.pathSeparator));
  }

  /** The flag of a JVM that is to load these. */
  public static String flag(List<Path> libraries) {
    return libraries.stream()
        .map(library -> library.toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator, "-D" + PROPERTY + "=", ""));
  }
}
