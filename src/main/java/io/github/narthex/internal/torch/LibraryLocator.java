package io.github.narthex.internal.torch;

import io.github.narthex.NativeLibraryException;
import io.github.narthex.internal.files.CacheDirectory;
import io.github.narthex.internal.files.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.CodeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the shim: by the system property {@code narthex.library}, by the environment variable
 * {@code NARTHEX_LIBRARY}, in the build tree that these classes come from, in the natives jar.
 */
final class LibraryLocator {
  private static final String FILE = "libnarthex.so";

  /** Stands in for libtorch.so, for compiled packages. */
  private static final String STUB = "libnarthex_torch.so";

  /** What only CUDA's own headers offer; in builds with them. */
  private static final String CUDA = "libnarthex_cuda.so";

  private static final String PROPERTIES = "narthex-native.properties";
  private static final String RESOURCES = "META-INF/narthex/linux-x86_64/";

  private LibraryLocator() {}

  /**
   * The shim's absolute path, or null where there is none.
   *
   * @param tried takes a line for each place looked at
   * @throws NativeLibraryException if the one that is named is not there
   */
  static @Nullable Path find(List<String> tried) {
    Path named = named("-Dnarthex.library", System.getProperty("narthex.library"), tried);
    if (named == null) {
      named = named("NARTHEX_LIBRARY", System.getenv("NARTHEX_LIBRARY"), tried);
    }
    if (named == null) {
      named = inBuildTree(tried);
    }
    return named == null ? inJar(tried) : named;
  }

  private static @Nullable Path named(String source, @Nullable String file, List<String> tried) {
    if (file == null || file.isEmpty()) {
      tried.add(source + ": not set");
      return null;
    }
    Path path = existing(source, Path.of(file), tried);
    if (path == null) {
      throw new NativeLibraryException(source + " names " + file + ", which is not there", "");
    }
    return path;
  }

  private static @Nullable Path existing(String source, Path file, List<String> tried) {
    boolean exists = Files.isRegularFile(file);
    tried.add(source + ": " + file + (exists ? "" : " (no such file)"));
    return exists ? file.toAbsolutePath() : null;
  }

  /** {@code target/native} beside {@code target/classes}. */
  private static @Nullable Path inBuildTree(List<String> tried) {
    CodeSource source = LibraryLocator.class.getProtectionDomain().getCodeSource();
    try {
      Path classes = source == null ? null : Path.of(source.getLocation().toURI());
      Path target = classes == null ? null : classes.getParent();
      if (target != null) {
        return existing("build tree", target.resolve("native").resolve(FILE), tried);
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      // Classes that do not come from a file: there is no build tree beside them.
    }
    tried.add("build tree: these classes do not come from one");
    return null;
  }

  private static @Nullable Path inJar(List<String> tried) {
    try (InputStream library = resource(FILE)) {
      tried.add("class path: " + RESOURCES + FILE + (library == null ? " (not there)" : ""));
      return library == null ? null : extract(library.readAllBytes());
    } catch (IOException e) {
      throw new NativeLibraryException(
          "the shim can't be extracted from the natives jar: " + e.getMessage(), "", e);
    }
  }

  /** By way of the class loader: a class finds only what is in its own module. */
  private static @Nullable InputStream resource(String name) {
    ClassLoader loader = LibraryLocator.class.getClassLoader();
    return loader == null ? null : loader.getResourceAsStream(RESOURCES + name);
  }

  /** Into a directory of the user's that is named by the content, so that versions do not mix. */
  private static Path extract(byte[] library) throws IOException {
    Path directory = CacheDirectory.path().resolve("natives").resolve(Digest.of(library));
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      for (String beside : List.of(PROPERTIES, STUB, CUDA)) {
        try (InputStream content = resource(beside)) {
          if (content != null) {
            put(content.readAllBytes(), directory.resolve(beside));
          }
        }
      }
      put(library, file);
    }
    return file.toAbsolutePath();
  }

  /** Whole or not at all, also when two processes do it at once. */
  private static void put(byte[] content, Path file) throws IOException {
    Path partial = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".part");
    Files.write(partial, content);
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
