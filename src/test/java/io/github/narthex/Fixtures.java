package io.github.narthex;

import java.nio.file.Path;

/** The files under {@code src/test/resources}, which {@code src/test/python} made. */
public final class Fixtures {
  private static final Path ROOT = Path.of("src", "test", "resources").toAbsolutePath();

  private Fixtures() {}

  /** The path of a fixture, for example {@code models/mlp.pt}. */
  public static Path path(String name) {
    return ROOT.resolve(name);
  }
}
