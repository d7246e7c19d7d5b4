package io.github.narthex.bundle;

import io.github.narthex.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The digest by which model files are told apart. */
final class Sha256 {
  private static final int CHUNK_BYTES = 1 << 20;

  private Sha256() {}

  /** In lower-case hexadecimal. */
  static String of(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
      while (channel.read(buffer.clear()) >= 0) {
        digest.update(buffer.flip());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchFileException e) {
      throw new ModelLoadException("there is no file " + file, "", e);
    } catch (IOException e) {
      throw new ModelLoadException("can't read " + file + ": " + e.getMessage(), "", e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java platform has it", e);
    }
  }
}
