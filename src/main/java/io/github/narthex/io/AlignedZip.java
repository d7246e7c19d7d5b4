package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.time.LocalDateTime;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a zip of stored entries, each aligned in the file, so that it can be used from a map. The
 * room before an entry is a field of its header that nobody reads, as torch does it.
 */
final class AlignedZip implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int HEADER_BYTES = 30;
  private static final int FIELD_BYTES = 4;
  private static final short PADDING_FIELD = 0x4246;

  /** Of an entry that needs 64-bit sizes, which {@link ZipOutputStream} then writes. */
  private static final int ZIP64_FIELD_BYTES = 20;

  private static final long ZIP64_BYTES = 0xffffffffL;

  /** Always the same, so that the same tensors give the same file. */
  private static final LocalDateTime DATE = LocalDateTime.of(1981, 1, 1, 0, 0);

  /** Counts and sums up what is written, and drops it. */
  private static final class Meter implements WritableByteChannel {
    private final CRC32 checksum = new CRC32();
    private long byteSize;

    @Override
    public int write(ByteBuffer bytes) {
      int count = bytes.remaining();
      checksum.update(bytes);
      byteSize += count;
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  private final ZipOutputStream zip;
  private long position;

  AlignedZip(WritableByteChannel out) {
    zip =
        new ZipOutputStream(
            new BufferedOutputStream(Channels.newOutputStream(out), BUFFER_BYTES), UTF_8);
    zip.setMethod(ZipOutputStream.STORED);
  }

  void add(String name, byte[] bytes) throws IOException {
    add(name, out -> Npy.writeFully(out, ByteBuffer.wrap(bytes)));
  }

  /**
   * Adds an entry.
   *
   * @param content is asked twice, for the checksum stands before the bytes
   */
  void add(String name, NewFile.Content content) throws IOException {
    Meter meter = new Meter();
    content.writeTo(meter);
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(DATE);
    entry.setSize(meter.byteSize);
    entry.setCrc(meter.checksum.getValue());
    long start =
        position
            + HEADER_BYTES
            + name.getBytes(UTF_8).length
            + (meter.byteSize >= ZIP64_BYTES ? ZIP64_FIELD_BYTES : 0)
            + FIELD_BYTES;
    int padding = (int) Math.floorMod(-start, (long) ALIGNMENT);
    entry.setExtra(
        ByteBuffer.allocate(FIELD_BYTES + padding)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putShort(PADDING_FIELD)
            .putShort((short) padding)
            .array());
    zip.putNextEntry(entry);
    content.writeTo(Channels.newChannel(zip));
    zip.closeEntry();
    position = start + padding + meter.byteSize;
  }

  /** Writes the directory. */
  @Override
  public void close() throws IOException {
    zip.close();
  }
}
