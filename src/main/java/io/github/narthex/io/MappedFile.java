package io.github.narthex.io;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A file in memory. It is mapped privately: what is written to the memory stays there and never
 * reaches the file, so tensors over it may be written to. The JDK maps so only a file that could be
 * written; any other is mapped for reading, and tensors are copies.
 */
final class MappedFile {
  private static final long ALIGNMENT = 64;

  private static final long SPARE_BYTES = 1L << 30;
  private static final long MAX_GROWTH = 100;

  private final Path path;
  private final Arena arena;
  private final MemorySegment bytes;
  private final AtomicLong allocatable;

  private MappedFile(Path path, Arena arena, MemorySegment bytes) {
    this.path = path;
    this.arena = arena;
    this.bytes = bytes;
    this.allocatable = new AtomicLong(SPARE_BYTES + MAX_GROWTH * bytes.byteSize());
  }

  /**
   * Maps a file for as long as the arena lives.
   *
   * @throws InputException if there is no such file, or it can't be read
   */
  static MappedFile open(Arena arena, Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new InputException(path + " is not a regular file");
    }
    boolean isPrivate = Files.isWritable(path);
    Set<OpenOption> options =
        isPrivate
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    try (FileChannel channel = FileChannel.open(path, options)) {
      long size = channel.size();
      if (size == 0) {
        throw new InputException(path + " is an empty file");
      }
      MapMode mode = isPrivate ? MapMode.PRIVATE : MapMode.READ_ONLY;
      return new MappedFile(path, arena, channel.map(mode, 0, size, arena));
    } catch (NoSuchFileException e) {
      throw new InputException("there is no file " + path, "", e);
    } catch (IOException e) {
      throw new InputException("can't read " + path + ": " + e.getMessage(), "", e);
    } catch (OutOfMemoryError e) {
      throw new DeviceMemoryException("no memory to map " + path, String.valueOf(e), e);
    }
  }

  Path path() {
    return path;
  }

  Arena arena() {
    return arena;
  }

  MemorySegment bytes() {
    return bytes;
  }

  /**
   * Memory for a copy, zeroed and aligned to 64 bytes. All copies together have a limit in
   * proportion to the file, for deflated data may become a thousand times as large as they were.
   */
  MemorySegment allocate(long byteSize) {
    if (allocatable.addAndGet(-byteSize) < 0) {
      allocatable.addAndGet(byteSize);
      throw bad(
          "it unpacks to more than 1 GiB and %d times its own size; store it uncompressed"
              .formatted(MAX_GROWTH));
    }
    try {
      return arena.allocate(byteSize, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      throw new DeviceMemoryException(
          "no memory for %d bytes of %s".formatted(byteSize, path), String.valueOf(e), e);
    }
  }

  /** An exception that names the file. */
  InputException bad(String reason) {
    return bad(reason, null);
  }

  InputException bad(String reason, @Nullable Throwable cause) {
    return new InputException(path + ": " + reason, "", cause);
  }

  /** Text of a file, fit for a message: short, and without control characters. */
  static String quote(String text) {
    String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
    return shown.replaceAll("\\p{C}", "?");
  }
}
