package io.github.narthex.doctor;

import com.google.gson.Gson;
import io.github.narthex.NarthexException;
import io.github.narthex.Version;
import io.github.narthex.internal.files.SystemFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Loads libtorch and writes down what it learns, after each step: the next one may be its last. The
 * entry point of {@link LibtorchProbe}'s process; not for people.
 */
public final class ProbeMain {
  private final Path file;
  private final SystemFiles files = SystemFiles.ofThisMachine();
  private LibtorchReport report = LibtorchReport.NOTHING;

  private ProbeMain(Path file) {
    this.file = file;
  }

  /** Takes the file to write to. */
  public static void main(String[] arguments) {
    new ProbeMain(Path.of(arguments[0])).run();
  }

  private void run() {
    try {
      write(report.foundAt(Version.nativeLibrary()));
      int abi = Version.nativeInterface();
      List<String> mapped = files.mappedLibraries();
      write(report.loaded(abi, LibtorchFacts.ofVersion(Version.libtorch()), mapped));
      write(report.loaded(abi, LibtorchFacts.read(), mapped));
    } catch (NarthexException e) {
      write(report.failed(String.valueOf(e.getMessage()), e.detail(), files.mappedLibraries()));
    } catch (RuntimeException | LinkageError e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      write(report.failed(e.toString(), trace.toString(), files.mappedLibraries()));
    }
  }

  private void write(LibtorchReport next) {
    report = next;
    try {
      Files.writeString(file, new Gson().toJson(report));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
