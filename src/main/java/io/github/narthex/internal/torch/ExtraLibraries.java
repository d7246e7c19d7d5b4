package io.github.narthex.internal.torch;

import java.io.File;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * Libraries that are loaded along with libtorch, as the system property {@value #PROPERTY} lists
 * them, separated as paths are: runtimes that models were compiled for, operators, devices.
 */
public final class ExtraLibraries {
  /** The system property. */
  public static final String PROPERTY = "narthex.libraries";

  private ExtraLibraries() {}

  /** Has more of them loaded, where libtorch is not yet. */
  public static void add(List<Path> libraries) {
    if (libraries.isEmpty()) {
      return;
    }
    SequencedSet<String> all = new LinkedHashSet<>(paths());
    libraries.forEach(library -> all.add(library.toAbsolutePath().toString()));
    System.setProperty(PROPERTY, String.join(File.pathSeparator, all));
  }

  /** Those that are listed. */
  static List<String> paths() {
    String listed = System.getProperty(PROPERTY, "");
    return listed.isEmpty() ? List.of() : List.of(listed.split(File.pathSeparator));
  }
}
