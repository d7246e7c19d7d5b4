package io.github.narthex;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * The directory of a zip in memory. The JDK reads zips from files, or from their beginning on,
 * where archives that torch wrote do not say how long an entry is. Everything in it may be hostile.
 */
final class ZipBytes implements FormatDetector.Entries {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_OF_LARGE_END = 0x07064b50;
  private static final int LOCATOR_BYTES = 20;
  private static final int LARGE_END = 0x06064b50;
  private static final int ENTRY = 0x02014b50;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL_BYTES = 30;
  private static final int STORED = 0;

  private record Entry(long start, long size, boolean isStored) {}

  private final MemorySegment bytes;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private ZipBytes(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads the directory.
   *
   * @throws ZipException if it is not whole
   */
  static ZipBytes of(MemorySegment bytes) throws ZipException {
    try {
      ZipBytes zip = new ZipBytes(bytes);
      zip.readDirectory(zip.end());
      return zip;
    } catch (IndexOutOfBoundsException e) {
      throw damaged(e);
    }
  }

  @Override
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  @Override
  public byte[] read(String name, int limit) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      return new byte[0];
    }
    try {
      long local = entry.start();
      long data = local + LOCAL_BYTES + unsigned(local + 26) + unsigned(local + 28);
      byte[] packed = bytes.asSlice(data, Math.min(entry.size(), limit)).toArray(JAVA_BYTE);
      return entry.isStored() ? packed : inflate(packed, limit);
    } catch (IndexOutOfBoundsException e) {
      throw damaged(e);
    }
  }

  /** What a beginning of packed bytes unpacks to may have a beginning only. */
  private static byte[] inflate(byte[] packed, int limit) throws IOException {
    Inflater inflater = new Inflater(true);
    try (InputStream in = new InflaterInputStream(new ByteArrayInputStream(packed), inflater)) {
      return in.readNBytes(limit);
    } finally {
      inflater.end();
    }
  }

  /** Where the record begins that ends the directory; a comment may follow it. */
  private long end() throws ZipException {
    long last = bytes.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - 0xffff); at--) {
      if (bytes.get(INT, at) == END) {
        return at;
      }
    }
    throw new ZipException("no directory");
  }

  private void readDirectory(long end) throws ZipException {
    long count = unsigned(end + 10);
    long at = Integer.toUnsignedLong(bytes.get(INT, end + 16));
    long locator = end - LOCATOR_BYTES;
    if (locator >= 0 && bytes.get(INT, locator) == LOCATOR_OF_LARGE_END) {
      long large = bytes.get(LONG, locator + 8);
      require(large, LARGE_END);
      count = bytes.get(LONG, large + 32);
      at = bytes.get(LONG, large + 48);
    }
    for (long i = 0; i < count; i++) {
      require(at, ENTRY);
      int nameLength = unsigned(at + 28);
      String name =
          new String(bytes.asSlice(at + ENTRY_BYTES, nameLength).toArray(JAVA_BYTE), ISO_8859_1);
      entries.put(
          name,
          new Entry(
              Integer.toUnsignedLong(bytes.get(INT, at + 42)),
              Integer.toUnsignedLong(bytes.get(INT, at + 20)),
              unsigned(at + 10) == STORED));
      at += ENTRY_BYTES + nameLength + unsigned(at + 30) + unsigned(at + 32);
    }
  }

  private void require(long at, int signature) throws ZipException {
    if (bytes.get(INT, at) != signature) {
      throw new ZipException("the directory is damaged");
    }
  }

  private int unsigned(long at) {
    return Short.toUnsignedInt(bytes.get(SHORT, at));
  }

  private static ZipException damaged(IndexOutOfBoundsException cause) {
    ZipException damaged = new ZipException("the zip is damaged");
    damaged.initCause(cause);
    return damaged;
  }
}
