package io.github.narthex.doctor;

import io.github.narthex.export.Python;
import io.github.narthex.internal.text.Versions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Python, which models are exported with; nothing needs it at run time.
 *
 * @param variables the environment
 * @param libtorch the version that runs here; null if it is not known
 * @param limit how long Python may take to answer
 */
record PythonChecks(Map<String, String> variables, @Nullable String libtorch, Duration limit) {
  private static final String INSTALL = "to export models: pip install torch";

  Section section() {
    return new Checklist("export").add("Python", this::python).section();
  }

  private Finding python() {
    Optional<Path> program = Python.find(variables);
    if (program.isEmpty()) {
      return Finding.ok("no python3 on PATH; only exporting models needs it");
    }
    String found = program.get().toString();
    Python python;
    try {
      python = Python.ask(program.get(), limit);
    } catch (IOException e) {
      return Finding.warning(
          found + " does not work: " + e.getMessage(),
          "see what it says to -c 'print(1)'; only exporting models needs it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Finding.ok(found + ", which was not asked: interrupted");
    }
    String torch = python.torch();
    found += ", version " + python.version();
    if (torch == null) {
      return Finding.ok(found + ", without torch", INSTALL);
    }
    found += ", torch " + torch;
    return libtorch != null && Versions.compareMinor(torch, libtorch) > 0
        ? Finding.warning(
            found + ", later than libtorch " + libtorch,
            "export with torch %s, or use a later libtorch: it may not know all operators of the"
                    .formatted(libtorch)
                + " file")
        : Finding.ok(found);
  }
}
