package io.github.narthex;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A file that looks like a package of AOTInductor's, with code that is none. */
public final class FakePackage {
  /** The entry with the code. */
  static final String CODE = "net/data/aotinductor/model/c.wrapper.so";

  private static final String METADATA = "net/data/aotinductor/model/c.wrapper_metadata.json";
  private static final String SPEC = "net/extra/narthex.json";

  private final Map<String, byte[]> entries = new TreeMap<>();

  /** For the CPU of any x86-64 machine. */
  public FakePackage() {
    with(CODE, "no library");
    metadata("cpu", "x86_64", "INVALID_VEC_ISA");
  }

  /** Compiled for that. */
  public FakePackage metadata(String device, String machine, String isa) {
    return with(
        METADATA,
        """
        {"AOTI_DEVICE_KEY": "%s", "AOTI_PLATFORM": "linux", "AOTI_MACHINE": "%s",
         "AOTI_CPU_ISA": "%s", "AOTI_COMPUTE_CAPABILITY": ""}\
        """
            .formatted(device, machine, isa));
  }

  /** Without what AOTInductor says of it. */
  public FakePackage withoutMetadata() {
    entries.remove(METADATA);
    return this;
  }

  /** With an input spec of that text. */
  public FakePackage spec(String json) {
    return with(SPEC, json);
  }

  /**
   * With an input spec.
   *
   * @param features in quotes, separated by commas
   */
  public FakePackage spec(String torch, String features) {
    return spec(
        """
        {"format": "narthex.package/1", "torch": "%s",
         "models": {"model": {"cpu_features": [%s], "inputs": [], "outputs": []}}}\
        """
            .formatted(torch, features));
  }

  /** With a further entry. */
  public FakePackage with(String name, String text) {
    entries.put(name, text.getBytes(UTF_8));
    return this;
  }

  /** With that library as its code. */
  FakePackage code(Path library) throws IOException {
    entries.put(CODE, Files.readAllBytes(library));
    return this;
  }

  /** The file {@code net.pt2} in a directory. */
  public Path in(Path directory) throws IOException {
    Path file = directory.resolve("net.pt2");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return file;
  }
}
