package io.github.narthex.io;

import io.github.narthex.internal.files.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What writes files of tensors, or parts of them. */
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
    WholeFile.write(
        path,
        file -> {
          try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
          }
        });
  }

  /** Writes native memory, however large. */
  static void writeFully(MemorySegment data, WritableByteChannel out) throws IOException {
    for (long from = 0; from < data.byteSize(); from += CHUNK_BYTES) {
      long count = Math.min(CHUNK_BYTES, data.byteSize() - from);
      Npy.writeFully(out, data.asSlice(from, count).asByteBuffer());
    }
  }
}
