package io.github.narthex.profile.run;

import io.github.narthex.Model;
import io.github.narthex.NativeMemory;
import io.github.narthex.TensorInfo;
import io.github.narthex.profile.MemoryWatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Reads what memory this process has. */
final class MemoryReading {
  private static final long UNKNOWN = -1;
  private static final long KILOBYTE = 1024;

  private MemoryReading() {}

  static MemoryUse of(
      Path root, Model model, long inputBytes, long outputBytes, MemoryWatch.Reading forward) {
    NativeMemory.Heap heap = NativeMemory.heap();
    long weights = weightsBytes(model);
    Runtime jvm = Runtime.getRuntime();
    return new MemoryUse(
        status(root, "VmRSS:"),
        status(root, "VmHWM:"),
        jvm.totalMemory() - jvm.freeMemory(),
        heap.inUseBytes(),
        heap.fromSystemBytes(),
        weights,
        inputBytes,
        outputBytes,
        forward.peakChangeBytes(),
        forward.takenBytes(),
        forward.allocations(),
        weights + inputBytes + outputBytes + forward.peakChangeBytes());
  }

  private static long weightsBytes(Model model) {
    return Stream.of(
            model.parameters().values().stream(),
            model.buffers().values().stream(),
            model.constants().stream())
        .flatMap(infos -> infos)
        .mapToLong(TensorInfo::byteSize)
        .sum();
  }

  private static long status(Path root, String key) {
    try (Stream<String> lines = Files.lines(root.resolve("proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).strip().split("\\s+", -1)[0])
          .mapToLong(text -> KILOBYTE * Long.parseLong(text))
          .findFirst()
          .orElse(UNKNOWN);
    } catch (IOException | UncheckedIOException e) {
      return UNKNOWN; // not Linux, or a sandbox
    }
  }
}
