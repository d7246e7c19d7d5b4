package io.github.narthex.internal.files;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A directory that only its user can read, whose entries, directories too, take no more than so
 * many bytes together: those that were not used for longest go first.
 *
 * @param directory holds the entries; it need not be there
 * @param mostBytes of all entries, but for the one that is wanted
 */
public record BoundedCache(Path directory, long mostBytes) {
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final String PARTIAL = ".part-";
  private static final Duration ABANDONED = Duration.ofHours(1);
  private static final long MOST_BYTES = 8L << 30;

  /**
   * One of packages in this user's cache, of 8 GiB at most, or as {@code narthex.packages.bytes}
   * says.
   */
  public static BoundedCache ofPackages(String name) {
    return new BoundedCache(
        CacheDirectory.path().resolve(name), Long.getLong("narthex.packages.bytes", MOST_BYTES));
  }

  /** Whether an entry is there. */
  public boolean holds(String name) {
    return Files.isDirectory(directory.resolve(name));
  }

  /**
   * An entry, which is made if it is not there. It takes its place when it is complete; what a
   * process has begun that then ended goes by itself after an hour.
   *
   * @param content fills it
   */
  public Path entry(String name, WholeDirectory.Content content) throws IOException {
    Files.createDirectories(directory, PRIVATE);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Path entry = directory.resolve(name);
    if (!holds(name)) {
      makeRoom(entry);
      make(entry, content);
    }
    Files.setLastModifiedTime(entry, FileTime.from(Instant.now()));
    return entry;
  }

  private void make(Path entry, WholeDirectory.Content content) throws IOException {
    Path partial = Files.createDirectory(directory.resolve(PARTIAL + UUID.randomUUID()), PRIVATE);
    try {
      content.writeTo(partial);
      Files.move(partial, entry, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("it is not one file system", e);
    } catch (FileSystemException e) {
      // Another thread or process was first; Java has several exceptions for that.
      if (!Files.isDirectory(entry)) {
        throw e;
      }
    } finally {
      Trees.delete(partial);
    }
  }

  /** Makes room for an entry, and takes away what a process left that ended while it made one. */
  private void makeRoom(Path wanted) throws IOException {
    record Entry(Path path, Instant used, long bytes) {}
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> paths = Files.list(directory)) {
      for (Path path : paths.toList()) {
        Instant used = Files.getLastModifiedTime(path).toInstant();
        if (path.getFileName().toString().startsWith(PARTIAL)) {
          if (used.isBefore(Instant.now().minus(ABANDONED))) {
            Trees.delete(path);
          }
        } else if (!path.equals(wanted)) {
          entries.add(new Entry(path, used, bytes(path)));
        }
      }
    }
    entries.sort(Comparator.comparing(Entry::used).reversed());
    long kept = 0;
    for (Entry entry : entries) {
      kept += entry.bytes();
      if (kept > mostBytes) { // a process that runs it keeps its mapped files
        Trees.delete(entry.path());
      }
    }
  }

  private static long bytes(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
