package io.github.narthex.internal.files;

import java.nio.file.Path;

/** Where what can be made again is kept between processes. */
public final class CacheDirectory {
  private CacheDirectory() {}

  /** {@code NARTHEX_CACHE}, or {@code narthex} in the user's cache. It need not be there. */
  public static Path path() {
    String own = System.getenv("NARTHEX_CACHE");
    if (own != null && !own.isEmpty()) {
      return Path.of(own);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    return xdg == null || xdg.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".cache", "narthex")
        : Path.of(xdg, "narthex");
  }
}
