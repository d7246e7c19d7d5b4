package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.cli.Main;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two jars as an application has them: far from any build tree. */
class JarsTest {
  private static final String NATIVES = "META-INF/narthex/linux-x86_64/";

  @TempDir Path folder;

  private final List<String> classes = new ArrayList<>();
  private Path natives = Path.of("");

  @BeforeEach
  void pack() throws IOException, URISyntaxException {
    Path compiled = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    classes.add(jar("narthex-1.0.jar", compiled, "").toString());
    for (Class<?> dependency :
        List.of(
            com.google.gson.Gson.class,
            org.jspecify.annotations.Nullable.class,
            org.snakeyaml.engine.v2.api.LoadSettings.class)) {
      classes.add(
          Path.of(dependency.getProtectionDomain().getCodeSource().getLocation().toURI())
              .toString());
    }
    Path library = Path.of(System.getProperty("narthex.library", ""));
    Path staged = Files.createDirectory(folder.resolve("staged"));
    for (String name : List.of("libnarthex.so", "narthex-native.properties")) {
      Files.copy(library.resolveSibling(name), staged.resolve(name));
    }
    natives = jar("narthex-1.0-linux-x86_64.jar", staged, NATIVES);
  }

  private Path jar(String name, Path content, String prefix) throws IOException {
    Path jar = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out);
        Stream<Path> files = Files.walk(content)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        zip.putNextEntry(new ZipEntry(prefix + content.relativize(file)));
        Files.copy(file, zip);
      }
    }
    return jar;
  }

  private void runs(String... options) throws IOException, InterruptedException {
    assertTrue(run(0, options).startsWith("output 0: 1x10:float32"));
  }

  /** What the command printed. */
  private String run(int expectedCode, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("run", "mlp", "--quiet"));
    Path output = folder.resolve("output.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().remove("NARTHEX_LIBRARY");
    builder.environment().put("NARTHEX_CACHE", folder.resolve("cache").toString());
    int code = builder.start().waitFor();
    assertEquals(expectedCode, code, Files.readString(output));
    return Files.readString(output);
  }

  @Test
  void withoutTheLibrary() throws Exception {
    String printed =
        run(
            4,
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            String.join(File.pathSeparator, classes),
            "io.github.narthex.cli.Main");
    assertTrue(
        printed.startsWith(
            "narthex: libnarthex.so was not found: add the dependency io.github.narthex:narthex"
                + " with classifier linux-x86_64,"),
        printed);
  }

  @Test
  void onTheClassPath() throws Exception {
    runs(
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        String.join(File.pathSeparator, classes) + File.pathSeparator + natives,
        "io.github.narthex.cli.Main");
  }

  /** As in a run-time image that has only what the library cannot do without. */
  @Test
  void withoutTheFlightRecorder() throws Exception {
    runs(
        "--limit-modules",
        "java.base,java.management",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        String.join(File.pathSeparator, classes) + File.pathSeparator + natives,
        "io.github.narthex.cli.Main");
  }

  @Test
  void onTheModulePathWithTheLibraryOnTheClassPath() throws Exception {
    runs(
        "--enable-native-access=io.github.narthex",
        "-p",
        String.join(File.pathSeparator, classes),
        "-cp",
        natives.toString(),
        "-m",
        "io.github.narthex/io.github.narthex.cli.Main");
  }
}
