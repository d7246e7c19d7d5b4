package io.github.narthex.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much memory a process may have in RAM.
 *
 * @param statm where Linux tells how much it has, in pages
 * @param bytes the limit; 0 if there is none
 */
record MemoryLimit(Path statm, long bytes) {
  /**
   * Of all Linux systems that libtorch runs on; arm64 may have larger pages, and then more fits.
   */
  private static final long PAGE_BYTES = 4096;

  private static final double BYTES_PER_MB = 1e6;

  static MemoryLimit of(long pid, long bytes) {
    return new MemoryLimit(Path.of("/proc", Long.toString(pid), "statm"), bytes);
  }

  boolean isSet() {
    return bytes > 0;
  }

  /** Whether the process has more than it may now; not where that can't be known. */
  boolean isExceeded() {
    if (!isSet()) {
      return false;
    }
    try {
      String[] pages = Files.readString(statm).strip().split(" ", -1);
      return Long.parseLong(pages[1]) * PAGE_BYTES > bytes;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return false; // it has ended, or this is not Linux
    }
  }

  String reason() {
    return "took more than the limit of %.0f MB".formatted(bytes / BYTES_PER_MB);
  }
}
