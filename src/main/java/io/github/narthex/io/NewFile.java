package io.github.narthex.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Files that take their place only when they are complete. What was there is replaced, not written
 * over: someone may have it mapped, and to shorten a mapped file ends the process.
 */
final class NewFile {
  /** A ByteBuffer can't be larger than 2^31 - 1 bytes. */
  private static final long CHUNK_BYTES = 1 << 24;

  /** What writes a file, or a part of it. */
  @FunctionalInterface
  interface Content {
    void writeTo(WritableByteChannel out) throws IOException;
  }

  private NewFile() {}

  /**
   * Writes a file.
   *
   * @throws UncheckedIOException if it can't be written; what stood there before is then unharmed
   */
  static void write(Path path, Content content) {
    Path target = path.toAbsolutePath();
    Path partial = target.resolveSibling(".narthex-" + UUID.randomUUID() + ".part");
    try {
      try {
        try (FileChannel channel =
            FileChannel.open(partial, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
          content.writeTo(channel);
        }
        Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("can't save " + path + ": " + e.getMessage(), e));
    }
  }

  /** Writes native memory, however large. */
  static void writeFully(MemorySegment data, WritableByteChannel out) throws IOException {
    for (long from = 0; from < data.byteSize(); from += CHUNK_BYTES) {
      long count = Math.min(CHUNK_BYTES, data.byteSize() - from);
      Npy.writeFully(out, data.asSlice(from, count).asByteBuffer());
    }
  }
}
