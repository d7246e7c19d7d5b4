package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The entries of a mapped zip and where their bytes are, which {@code java.util.zip} does not tell.
 * Each entry lies inside the file, and no two overlap.
 */
final class ZipDirectory {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int ZIP64_LOCATOR = 0x07064b50;
  private static final int ZIP64_LOCATOR_BYTES = 20;
  private static final int ZIP64_END = 0x06064b50;
  private static final int ZIP64_END_BYTES = 56;
  private static final int ENTRY = 0x02014b50;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int MAX_ENTRIES = 1_000_000;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final long FULL = 0xffffffffL;

  /** One line of the directory; the method is checked only when someone wants the bytes. */
  private record Entry(
      String name, int flags, int method, int checksum, long packed, long size, long offset) {}

  private final MappedFile file;
  private final MemorySegment bytes;
  private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, Long> dataOffsets = new LinkedHashMap<>();

  private ZipDirectory(MappedFile file) {
    this.file = file;
    this.bytes = file.bytes();
  }

  /** Reads the directory, and of each entry its header. */
  static ZipDirectory read(MappedFile file) {
    ZipDirectory directory = new ZipDirectory(file);
    try {
      directory.read();
    } catch (IndexOutOfBoundsException e) {
      throw file.bad("its zip directory points outside of the file: it is damaged", e);
    }
    return directory;
  }

  /** The names, in the order of the directory, without those of folders. */
  List<String> names() {
    return entries.keySet().stream().filter(name -> !name.endsWith("/")).toList();
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  /** An entry's bytes. */
  FileBytes get(String name) {
    Entry entry = entries.get(name);
    Long offset = dataOffsets.get(name);
    if (entry == null || offset == null) {
      throw file.bad("there is no entry '" + MappedFile.quote(name) + "' in the zip");
    }
    if ((entry.flags & 1) != 0) {
      throw file.bad("'" + MappedFile.quote(name) + "' is encrypted");
    }
    MemorySegment packed = bytes.asSlice(offset, entry.packed);
    return switch (entry.method) {
      case STORED -> FileBytes.stored(file, name, packed);
      case DEFLATED -> FileBytes.deflated(file, name, packed, entry.size, entry.checksum);
      default ->
          throw file.bad(
              "'%s' is compressed by method %d; stored and deflated entries are read"
                  .formatted(MappedFile.quote(name), entry.method));
    };
  }

  private void read() {
    long end = findEnd();
    long count = bytes.get(SHORT, end + 10) & 0xffff;
    long size = bytes.get(INT, end + 12) & FULL;
    long offset = bytes.get(INT, end + 16) & FULL;
    long locator = end - ZIP64_LOCATOR_BYTES;
    if (locator >= 0 && bytes.get(INT, locator) == ZIP64_LOCATOR) {
      long zip64 = bytes.get(LONG, locator + 8);
      if (zip64 < 0 || zip64 > locator - ZIP64_END_BYTES || bytes.get(INT, zip64) != ZIP64_END) {
        throw file.bad("its zip directory is damaged");
      }
      count = bytes.get(LONG, zip64 + 32);
      size = bytes.get(LONG, zip64 + 40);
      offset = bytes.get(LONG, zip64 + 48);
    }
    if (offset < 0 || size < 0 || size > end || offset > end - size) {
      throw file.bad("its zip directory points outside of the file: it is damaged");
    }
    if (count < 0 || count > MAX_ENTRIES || count > size / ENTRY_BYTES) {
      throw file.bad(
          "its zip directory claims to have %d entries in %d bytes".formatted(count, size));
    }
    readEntries(bytes.asSlice(offset, size), count);
    requireDisjoint(offset);
  }

  /** The record at the end; behind it only a comment as long as it says. */
  private long findEnd() {
    long last = bytes.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - 0xffff); at--) {
      if (bytes.get(INT, at) == END && (bytes.get(SHORT, at + 20) & 0xffff) == last - at) {
        return at;
      }
    }
    throw file.bad("it begins like a zip but has no zip directory at its end: it is truncated");
  }

  private void readEntries(MemorySegment directory, long count) {
    long at = 0;
    for (long i = 0; i < count; i++) {
      if (directory.get(INT, at) != ENTRY) {
        throw file.bad("entry " + i + " of its zip directory is damaged");
      }
      int nameBytes = directory.get(SHORT, at + 28) & 0xffff;
      int extraBytes = directory.get(SHORT, at + 30) & 0xffff;
      int commentBytes = directory.get(SHORT, at + 32) & 0xffff;
      Entry entry =
          new Entry(
              text(directory, at + ENTRY_BYTES, nameBytes),
              directory.get(SHORT, at + 8) & 0xffff,
              directory.get(SHORT, at + 10) & 0xffff,
              directory.get(INT, at + 16),
              directory.get(INT, at + 20) & FULL,
              directory.get(INT, at + 24) & FULL,
              directory.get(INT, at + 42) & FULL);
      entry = wide(entry, directory.asSlice(at + ENTRY_BYTES + nameBytes, extraBytes));
      if (entry.method == STORED && entry.packed != entry.size) {
        throw file.bad("'" + MappedFile.quote(entry.name) + "' has two sizes in the zip directory");
      }
      if (entries.putIfAbsent(entry.name, entry) != null) {
        throw file.bad("two entries of the zip are named '" + MappedFile.quote(entry.name) + "'");
      }
      at += ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
    }
  }

  /** The same with the 64-bit numbers that stand in an extra field where 32 bits were too few. */
  private static Entry wide(Entry entry, MemorySegment extra) {
    for (long at = 0; at + 4 <= extra.byteSize(); ) {
      int id = extra.get(SHORT, at) & 0xffff;
      int length = extra.get(SHORT, at + 2) & 0xffff;
      if (id == 1) {
        MemorySegment field = extra.asSlice(at + 4, length);
        long next = 0;
        long size = entry.size;
        long packed = entry.packed;
        long offset = entry.offset;
        if (size == FULL) {
          size = field.get(LONG, next);
          next += Long.BYTES;
        }
        if (packed == FULL) {
          packed = field.get(LONG, next);
          next += Long.BYTES;
        }
        if (offset == FULL) {
          offset = field.get(LONG, next);
        }
        return new Entry(
            entry.name, entry.flags, entry.method, entry.checksum, packed, size, offset);
      }
      at += 4 + length;
    }
    return entry;
  }

  /** Where the data of each entry begin; they must end before the next entry, and the directory. */
  private void requireDisjoint(long directory) {
    List<Entry> inOrder = new ArrayList<>(entries.values());
    inOrder.sort(Comparator.comparingLong(Entry::offset));
    for (int i = 0; i < inOrder.size(); i++) {
      Entry entry = inOrder.get(i);
      long limit = i + 1 < inOrder.size() ? inOrder.get(i + 1).offset : directory;
      if (entry.offset < 0 || bytes.get(INT, entry.offset) != LOCAL) {
        throw file.bad("the header of '" + MappedFile.quote(entry.name) + "' is damaged");
      }
      int nameBytes = bytes.get(SHORT, entry.offset + 26) & 0xffff;
      int extraBytes = bytes.get(SHORT, entry.offset + 28) & 0xffff;
      long data = entry.offset + LOCAL_BYTES + nameBytes + extraBytes;
      if (!text(bytes, entry.offset + LOCAL_BYTES, nameBytes).equals(entry.name)) {
        throw file.bad("'" + MappedFile.quote(entry.name) + "' has two names in the zip");
      }
      if (entry.packed < 0 || entry.size < 0 || data > limit || entry.packed > limit - data) {
        throw file.bad(
            "'%s' overlaps what comes after it: the zip is damaged"
                .formatted(MappedFile.quote(entry.name)));
      }
      dataOffsets.put(entry.name, data);
    }
  }

  private static String text(MemorySegment segment, long offset, int length) {
    return new String(segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE), UTF_8);
  }
}
