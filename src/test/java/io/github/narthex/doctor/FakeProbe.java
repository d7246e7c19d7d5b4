package io.github.narthex.doctor;

import com.google.gson.Gson;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** In place of the process that loads libtorch: does what its first argument says. */
final class FakeProbe {
  private FakeProbe() {}

  public static void main(String[] arguments) throws Throwable {
    Path file = Path.of(arguments[1]);
    LibtorchReport report = LibtorchReport.NOTHING.foundAt("/opt/libnarthex.so (a test)");
    Files.writeString(file, new Gson().toJson(report));
    switch (arguments[0]) {
      case "abort" -> {
        Linker linker = Linker.nativeLinker();
        linker
            .downcallHandle(
                linker.defaultLookup().find("abort").orElseThrow(), FunctionDescriptor.ofVoid())
            .invokeExact();
      }
      case "hang" -> TimeUnit.MINUTES.sleep(5);
      case "half" -> Files.writeString(file, "{\"location\": \"/opt/libna");
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }
}
