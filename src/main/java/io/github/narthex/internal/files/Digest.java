package io.github.narthex.internal.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** By what contents are told apart: SHA-256, in lower-case hexadecimal digits. */
public final class Digest {
  private static final int CHUNK_BYTES = 1 << 20;

  private Digest() {}

  /** That of a file. */
  public static String of(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      MessageDigest digest = sha256();
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
      while (channel.read(buffer.clear()) >= 0) {
        digest.update(buffer.flip());
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  /**
   * That of the entries of a zip archive, whatever their order, times and compression, without the
   * folder that all of them lie in.
   *
   * @param isCounted by an entry's name in that folder
   */
  public static String ofEntries(Path zip, Predicate<String> isCounted) throws IOException {
    MessageDigest digest = sha256();
    try (ZipFile archive = new ZipFile(zip.toFile())) {
      SortedMap<String, ZipEntry> entries = new TreeMap<>();
      archive.stream()
          .forEach(e -> entries.put(e.getName().substring(e.getName().indexOf('/') + 1), e));
      for (Map.Entry<String, ZipEntry> entry : entries.entrySet()) {
        if (isCounted.test(entry.getKey())) {
          digest.update(
              "%s %d\n".formatted(entry.getKey(), entry.getValue().getSize()).getBytes(UTF_8));
          try (InputStream in = archive.getInputStream(entry.getValue())) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
              digest.update(chunk, 0, count);
            }
          }
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** That of a text, in UTF-8. */
  public static String of(String text) {
    return of(text.getBytes(UTF_8));
  }

  /** That of bytes. */
  public static String of(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
