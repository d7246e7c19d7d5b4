package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.narthex.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What a TorchScript archive says about itself, read without libtorch.
 *
 * @param name the name of its root folder, which is the file's name when it was saved
 * @param version the version of its format; 0 if it can't be read. It is not torch's version: the
 *     writer takes the lowest that its operators need
 * @param byteOrder {@code little} or {@code big}; empty where the writer was too old to say
 * @param writer which torch wrote it, as far as can be known, for example {@code torch 2.1 or
 *     later}
 * @param codeBytes the size of its code, unpacked
 * @param tensorBytes the size of its tensors
 */
public record TorchScriptArchive(
    String name,
    long version,
    Optional<String> byteOrder,
    String writer,
    long codeBytes,
    long tensorBytes) {
  private static final int MAX_TEXT_BYTES = 64;

  /**
   * Reads the directory of the archive and a few small entries.
   *
   * @throws ModelLoadException if the file can't be read, or is not a zip
   */
  public static TorchScriptArchive read(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile(), ISO_8859_1)) {
      List<? extends ZipEntry> entries = zip.stream().toList();
      String first = entries.isEmpty() ? "" : entries.getFirst().getName();
      String root = first.substring(0, first.indexOf('/') + 1);
      long code = 0;
      long tensors = 0;
      for (ZipEntry entry : entries) {
        String path =
            entry.getName().substring(entry.getName().startsWith(root) ? root.length() : 0);
        if (path.startsWith("code/") && path.endsWith(".py")) {
          code += Math.max(0, entry.getSize());
        } else if (path.startsWith("data/") || path.startsWith("constants/")) {
          tensors += Math.max(0, entry.getSize());
        }
      }
      return new TorchScriptArchive(
          root.isEmpty() ? "" : root.substring(0, root.length() - 1),
          version(zip, root),
          text(zip, root + "byteorder"),
          writer(zip, root),
          code,
          tensors);
    } catch (IOException e) {
      throw new ModelLoadException("can't read " + file + ": " + e.getMessage(), "", e);
    }
  }

  private static long version(ZipFile zip, String root) throws IOException {
    Optional<String> version = text(zip, root + "version");
    if (version.isEmpty()) {
      version = text(zip, root + ".data/version");
    }
    return version.filter(v -> v.matches("\\d{1,18}")).map(Long::parseLong).orElse(0L);
  }

  /** The beginning of an entry as text; empty if it is not there. */
  private static Optional<String> text(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      return Optional.empty();
    }
    try (InputStream in = zip.getInputStream(entry)) {
      String text = new String(in.readNBytes(MAX_TEXT_BYTES), US_ASCII).strip();
      return Optional.of(text.replaceAll("[^ -~]", "?"));
    }
  }

  /**
   * No entry names the torch that wrote the archive; but 2.1 was the first to write {@code
   * byteorder} and {@code .data/serialization_id}.
   */
  private static String writer(ZipFile zip, String root) {
    boolean isRecent =
        zip.getEntry(root + "byteorder") != null
            || zip.getEntry(root + ".data/serialization_id") != null;
    return isRecent ? "torch 2.1 or later" : "torch before 2.1";
  }
}
