package io.github.narthex.internal.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * A directory that only its user can read, whose entries (files or directories) take no more than
 * so many bytes together: those that were not used for longest go first.
 *
 * @param directory holds the entries; it need not be there
 * @param mostBytes of all entries, but for the one that is wanted
 */
public record BoundedCache(Path directory, long mostBytes) {
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final String PARTIAL = ".part-";
  private static final Duration ABANDONED = Duration.ofHours(1);

  /** Where an entry is, if it is. Makes the directory. */
  public Path entry(String name) throws IOException {
    Files.createDirectories(directory, PRIVATE);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    return directory.resolve(name);
  }

  /**
   * An empty directory in it, to make an entry in; whoever asks for it deletes it. It goes by
   * itself after an hour, if the process ended before.
   */
  public Path partial() throws IOException {
    return Files.createDirectory(directory.resolve(PARTIAL + UUID.randomUUID()), PRIVATE);
  }

  /** Remembers that an entry was used now. */
  public static void touch(Path entry) throws IOException {
    Files.setLastModifiedTime(entry, FileTime.from(Instant.now()));
  }

  /** Makes room for an entry, and takes away what a process left that ended while it made one. */
  public void makeRoom(Path wanted) throws IOException {
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
