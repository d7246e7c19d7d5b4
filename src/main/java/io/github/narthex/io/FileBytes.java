package io.github.narthex.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** A run of bytes in a mapped file: as they are, or deflated and then unpacked when asked for. */
final class FileBytes {
  /** Deflate makes nothing smaller than a 1,032nd. */
  private static final long MAX_RATIO = 1032;

  private static final long CHUNK_BYTES = 1 << 20;

  private final MappedFile file;
  private final String name;
  private final boolean isStored;
  private final MemorySegment packed;
  private final long byteSize;
  private final int checksum;
  private @Nullable MemorySegment unpacked;

  private FileBytes(
      MappedFile file,
      String name,
      boolean isStored,
      MemorySegment packed,
      long byteSize,
      int checksum) {
    this.file = file;
    this.name = name;
    this.isStored = isStored;
    this.packed = packed;
    this.byteSize = byteSize;
    this.checksum = checksum;
  }

  /** Bytes as they are, whose checksum is not looked at: that would read all of the file. */
  static FileBytes stored(MappedFile file, String name, MemorySegment bytes) {
    return new FileBytes(file, name, true, bytes, bytes.byteSize(), 0);
  }

  /**
   * Deflated bytes.
   *
   * @param checksum CRC-32 of the unpacked bytes
   */
  static FileBytes deflated(
      MappedFile file, String name, MemorySegment packed, long byteSize, int checksum) {
    if (byteSize < 0 || byteSize / MAX_RATIO > packed.byteSize()) {
      throw file.bad(
          "'%s' claims to unpack from %d to %d bytes, which no deflated data does"
              .formatted(MappedFile.quote(name), packed.byteSize(), byteSize));
    }
    return new FileBytes(file, name, false, packed, byteSize, checksum);
  }

  MappedFile file() {
    return file;
  }

  String name() {
    return name;
  }

  /** Of the unpacked bytes. */
  long byteSize() {
    return byteSize;
  }

  /** Whether they are in the file as they are. */
  boolean isStored() {
    return isStored;
  }

  /** All of them: a part of the mapped file, or unpacked once into the file's arena. */
  synchronized MemorySegment segment() {
    if (isStored) {
      return packed;
    }
    MemorySegment known = unpacked;
    if (known == null) {
      known = file.allocate(byteSize);
      inflate(known);
      CRC32 crc = new CRC32();
      for (long from = 0; from < byteSize; from += CHUNK_BYTES) {
        crc.update(known.asSlice(from, Math.min(CHUNK_BYTES, byteSize - from)).asByteBuffer());
      }
      if ((int) crc.getValue() != checksum) {
        throw file.bad(
            "'" + MappedFile.quote(name) + "' does not have its checksum: it is damaged");
      }
      unpacked = known;
    }
    return known;
  }

  /** Fills the segment with what comes first. */
  private void inflate(MemorySegment target) {
    Inflater inflater = new Inflater(true);
    try {
      long read = 0;
      long written = 0;
      while (written < target.byteSize()) {
        if (inflater.needsInput() && read < packed.byteSize()) {
          long count = Math.min(CHUNK_BYTES, packed.byteSize() - read);
          inflater.setInput(packed.asSlice(read, count).asByteBuffer());
          read += count;
        }
        long room = Math.min(CHUNK_BYTES, target.byteSize() - written);
        int count = inflater.inflate(target.asSlice(written, room).asByteBuffer());
        written += count;
        boolean isStuck = count == 0 && (!inflater.needsInput() || read == packed.byteSize());
        if (isStuck || (inflater.finished() && written < target.byteSize())) {
          throw file.bad(
              "'%s' unpacks to %d bytes, fewer than the %d that were announced"
                  .formatted(MappedFile.quote(name), written, byteSize));
        }
      }
    } catch (DataFormatException e) {
      throw file.bad("'" + MappedFile.quote(name) + "' is not deflated data: " + e.getMessage(), e);
    } finally {
      inflater.end();
    }
  }

  /** The bytes from {@code offset} on, at most {@code count}; unpacks no more than it must. */
  byte[] read(long offset, int count) {
    long end = Math.min(byteSize, offset + count);
    if (end <= offset) {
      return new byte[0];
    }
    if (isStored) {
      return packed.asSlice(offset, end - offset).toArray(ValueLayout.JAVA_BYTE);
    }
    byte[] start = new byte[(int) end];
    inflate(MemorySegment.ofArray(start));
    return Arrays.copyOfRange(start, (int) offset, (int) end);
  }
}
