package io.github.narthex.profile.run;

import io.github.narthex.Model;
import io.github.narthex.NativeMemory;
import io.github.narthex.TensorInfo;
import io.github.narthex.bench.ProcessFacts;
import io.github.narthex.profile.MemoryWatch;
import java.util.stream.Stream;

/** Reads what memory this process has. */
final class MemoryReading {
  private static final long UNKNOWN = -1;

  private MemoryReading() {}

  static MemoryUse of(Model model, long inputBytes, long outputBytes, MemoryWatch.Reading forward) {
    ProcessFacts facts = ProcessFacts.ofThisProcess();
    NativeMemory.Heap heap = NativeMemory.heap();
    long weights = weightsBytes(model);
    Runtime jvm = Runtime.getRuntime();
    return new MemoryUse(
        known(facts.rssBytes()),
        known(facts.peakRssBytes()),
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

  private static long known(long bytes) {
    return bytes == 0 ? UNKNOWN : bytes;
  }
}
