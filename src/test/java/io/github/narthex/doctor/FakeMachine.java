package io.github.narthex.doctor;

import io.github.narthex.gpu.Gpus;
import io.github.narthex.internal.files.SystemFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A machine made of files, and a JVM made of words; nothing is wrong with either. */
final class FakeMachine {
  static final long GIGABYTE = 1_000_000_000;
  static final String AVX512 = "avx2 fma avx512f avx512vl avx512bw avx512dq avx512_vnni";

  private final Path root;
  private final List<String> flags = new ArrayList<>();
  private int feature = 25;
  private int processors = 4;
  private long heapBytes = GIGABYTE;
  private boolean nativeAccess = true;
  private boolean named;

  FakeMachine(Path root) {
    this.root = root;
    cpu(AVX512);
    write("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n");
    write("proc/self/status", "Name:\tjava\nCpus_allowed_list:\t0-3\n");
    write("sys/devices/system/cpu/online", "0-3\n");
  }

  FakeMachine cpu(String cpuFlags) {
    StringBuilder text = new StringBuilder();
    for (int cpu = 0; cpu < 4; cpu++) {
      text.append("processor\t: %d\nmodel name\t: Some CPU\n".formatted(cpu));
      text.append("flags\t\t: fpu sse %s\n\n".formatted(cpuFlags));
    }
    return write("proc/cpuinfo", text.toString());
  }

  FakeMachine write(String file, String text) {
    try {
      Path path = root.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  FakeMachine flag(String flag) {
    flags.add(flag);
    return this;
  }

  FakeMachine feature(int version) {
    feature = version;
    return this;
  }

  FakeMachine processors(int count) {
    processors = count;
    return this;
  }

  FakeMachine heapBytes(long bytes) {
    heapBytes = bytes;
    return this;
  }

  FakeMachine withoutNativeAccess() {
    nativeAccess = false;
    return this;
  }

  FakeMachine onTheModulePath() {
    named = true;
    return this;
  }

  /** What there is without a driver. */
  static Gpus noGpus() {
    return Gpus.none(
        new Gpus.Unavailable(Gpus.Unavailable.Cause.NOT_FOUND, "libnvidia-ml.so.1 is not here"));
  }

  SystemFiles files() {
    return new SystemFiles(root);
  }

  JavaFacts java() {
    return new JavaFacts(
        feature,
        "Some VM 25 (Somebody)",
        "Linux",
        List.of("Copy", "MarkSweepCompact"),
        flags,
        heapBytes,
        processors,
        named,
        nativeAccess);
  }
}
