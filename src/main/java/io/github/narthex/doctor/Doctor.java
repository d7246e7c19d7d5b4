package io.github.narthex.doctor;

import io.github.narthex.export.Python;
import io.github.narthex.gpu.Gpus;
import io.github.narthex.gpu.Gpus.Unavailable;
import io.github.narthex.internal.files.SystemFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Looks at everything.
 *
 * @param root the directory that holds {@code proc} and {@code sys}
 * @param variables the environment
 * @param java the JVM
 * @param gpus asks for NVIDIA's GPUs
 * @param load has libtorch loaded, and says what came of it
 */
public record Doctor(
    Path root,
    Map<String, String> variables,
    JavaFacts java,
    Supplier<Gpus> gpus,
    Supplier<LibtorchReport> load) {
  /** Java would print a warning in the middle of the report, or refuse. */
  private static final Unavailable NO_ACCESS =
      new Unavailable(Unavailable.Cause.NO_ACCESS, "Java has not granted native access");

  /** The map is copied. */
  public Doctor {
    variables = Map.copyOf(variables);
  }

  /** For this machine and this JVM. */
  public static Doctor ofThisProcess() {
    JavaFacts java = JavaFacts.ofThisProcess();
    return new Doctor(
        Path.of("/"),
        System.getenv(),
        java,
        () -> java.nativeAccess() ? Gpus.read() : Gpus.none(NO_ACCESS),
        LibtorchProbe.likeThisJvm()::report);
  }

  /** Looks; takes a second or two. Whatever is wrong is part of the diagnosis. */
  public Diagnosis examine() {
    SystemFiles files = new SystemFiles(root);
    LibtorchReport report = report();
    LibtorchFacts libtorch = report.libtorch();
    List<Section> sections = new ArrayList<>();
    sections.add(new JavaChecks(java).section());
    sections.add(new ProcessorChecks(files, java).section());
    sections.add(new MemoryChecks(files, java).section());
    sections.add(new EnvironmentChecks(files, variables, java.processors()).section());
    sections.add(new GpuChecks(files, gpus.get(), libtorch).section());
    String version = libtorch == null ? null : libtorch.version();
    sections.add(new PythonChecks(variables, version, Python.LIMIT).section());
    sections.add(new LibraryChecks(report).section());
    if (libtorch != null) {
      Section own = new LibtorchChecks(files, libtorch, java.processors()).section();
      if (!own.checks().isEmpty()) {
        sections.add(own);
      }
    }
    return new Diagnosis(sections);
  }

  private LibtorchReport report() {
    try {
      return load.get();
    } catch (RuntimeException e) {
      return LibtorchReport.NOTHING.failed("it could not be tried: " + e, "", List.of());
    }
  }
}
