package io.github.narthex.errors;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.Devices;
import io.github.narthex.ForkedJvm;
import io.github.narthex.Version;
import io.github.narthex.cli.Main;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** Each in a process of its own. */
final class SetUpErrors extends ErrorCases {
  SetUpErrors(Arena arena, Path root) {
    super(arena, root);
    said(
        "-Dnarthex.library names …, which is not there",
        () -> run(new ForkedJvm(folder()).option("-Dnarthex.library=/nowhere/libnarthex.so")));
    said("… can't be loaded: … (is its libtorch still there?)", this::withoutLibtorch);
    thrown(
        "…/lib.so can't be loaded: …",
        () -> Devices.loadLibrary(Files.writeString(folder().resolve("lib.so"), "no library")));
    said(
        "… was built with libtorch …, but libtorch … is loaded: build it with that one",
        this::withAnotherLibtorch);
    said(
        "Java refuses native access: start it with --enable-native-access=ALL-UNNAMED …",
        () ->
            run(
                new ForkedJvm(folder())
                    .withoutNativeAccess()
                    .option("--illegal-native-access=deny")));
    said(
        "LIBTORCH_HOME=… holds no libtorch: expected …",
        () -> {
          Path folder = folder();
          ProcessBuilder builder =
              new ProcessBuilder("bin/libtorch", "--check").redirectErrorStream(true);
          builder.environment().put("LIBTORCH_HOME", folder.toString());
          String printed = new String(builder.start().getInputStream().readAllBytes(), UTF_8);
          return printed.strip().replaceFirst("^libtorch: ", "");
        });
  }

  private static String run(ForkedJvm jvm) {
    return jvm.run(Main.class, "run", "mlp")
        .assertExit(4)
        .errors()
        .strip()
        .replaceFirst("^narthex: ", "");
  }

  /** The shim says of itself that it was built with another one. */
  private String withAnotherLibtorch() throws IOException {
    Path folder = folder();
    Path built = Path.of(System.getProperty("narthex.library", ""));
    Path library = folder.resolve("libnarthex.so");
    String own = Version.libtorch() + "\0";
    String bytes = new String(Files.readAllBytes(built), ISO_8859_1);
    Files.write(library, bytes.replace(own, "9" + own.substring(1)).getBytes(ISO_8859_1));
    String properties = "narthex-native.properties";
    Files.copy(built.resolveSibling(properties), folder.resolve(properties));
    return run(new ForkedJvm(folder).option("-Dnarthex.library=" + library));
  }

  /** The shim finds no libtorch at its place, and none is beside it. */
  private String withoutLibtorch() throws IOException {
    Path folder = folder();
    Path library = folder.resolve("libnarthex.so");
    Files.copy(Path.of(System.getProperty("narthex.library", "")), library);
    Files.writeString(
        folder.resolve("narthex-native.properties"),
        "libtorch.lib=" + folder + "\nlibtorch.version=2.15.0\n");
    return run(new ForkedJvm(folder).option("-Dnarthex.library=" + library));
  }
}
