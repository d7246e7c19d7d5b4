package io.github.narthex.internal.aoti;

import io.github.narthex.ModelLoadException;
import io.github.narthex.internal.files.BoundedCache;
import io.github.narthex.internal.files.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.zip.ZipEntry;

/**
 * Where packages are unpacked: a directory of the user's own, in which each has one that is named
 * by its content. libtorch would unpack one at each load into a directory that all users share, and
 * leave it there where a load fails.
 *
 * @param cache holds them
 */
public record PackageCache(BoundedCache cache) {
  /** Holds one file of any size, so that a hostile one can't fill the disk. */
  private static final long MOST_UNPACKED = 64L << 30;

  /** The one of this user. */
  public static PackageCache ofThisUser() {
    return new PackageCache(BoundedCache.ofPackages("packages"));
  }

  /** The SHA-256 of a file, in hexadecimal digits. */
  public static String digest(Path file) {
    try {
      return Digest.of(file);
    } catch (IOException e) {
      throw new ModelLoadException("can't read %s: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  /**
   * The directory with the contents of a package, which is unpacked if it was not.
   *
   * @param digest of the file
   * @throws ModelLoadException if it can't be unpacked, or would write outside of its directory
   */
  public Path unpacked(Path file, String digest) {
    try {
      return cache.entry(digest, directory -> unpack(file, directory));
    } catch (IOException e) {
      throw new ModelLoadException(
          "%s can't be unpacked into %s: %s".formatted(file, cache.directory(), e.getMessage()),
          "",
          e);
    }
  }

  /**
   * Checks a package that libtorch is to unpack itself.
   *
   * @throws ModelLoadException if it can't be read, or would write outside of its directory
   */
  public static void check(Path file) {
    Path directory = Path.of("/package");
    try (PackageArchive archive = PackageArchive.open(file)) {
      archive.zip().stream().forEach(entry -> archive.place(entry, directory));
    }
  }

  private static void unpack(Path file, Path directory) throws IOException {
    try (PackageArchive archive = PackageArchive.open(file)) {
      long room = MOST_UNPACKED;
      Enumeration<? extends ZipEntry> entries = archive.zip().entries();
      while (entries.hasMoreElements()) {
        ZipEntry entry = entries.nextElement();
        for (Path to : archive.places(entry, directory)) {
          if (entry.isDirectory() || to.equals(directory)) {
            continue;
          }
          Files.createDirectories(to.getParent());
          try (InputStream in = archive.zip().getInputStream(entry);
              OutputStream out = Files.newOutputStream(to)) {
            room -= copy(in, out, room, archive);
          }
        }
      }
    }
  }

  private static long copy(InputStream in, OutputStream out, long room, PackageArchive archive)
      throws IOException {
    byte[] buffer = new byte[1 << 16];
    long copied = 0;
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      copied += count;
      if (copied > room) {
        throw archive.damaged("it unpacks to more than 64 GiB", null);
      }
      out.write(buffer, 0, count);
    }
    return copied;
  }
}
