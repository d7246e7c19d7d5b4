package io.github.narthex.export;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.narthex.InputException;
import io.github.narthex.ModelLoadException;
import io.github.narthex.OperatorException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.internal.files.TemporaryDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compiles models with AOTInductor, each in a process of the user's Python that ends with this one.
 * Immutable.
 *
 * @param python which has the torch to compile with
 * @param limit how long a model may take
 */
public record Exporter(Python python, Duration limit) {
  /**
   * Compiles a model and writes the package.
   *
   * @return what became of it: a document {@code narthex.export/1}
   * @throws IllegalArgumentException if inputs or options do not fit the model
   * @throws ModelLoadException if the source can't be read
   * @throws InputException if an input can't be read, or the model does not run on the inputs
   * @throws UnsupportedException if this torch or this machine can't do it
   * @throws OperatorException if the model can't be exported or compiled
   * @throws OperatorException if the package's answers are wrong; it is then not written
   * @throws OperatorException if it takes longer than the limit, or the thread is interrupted
   * @throws UncheckedIOException if the package can't be written
   */
  public JsonObject run(ExportTask task, ExportProgress progress) {
    try (TemporaryDirectory directory = TemporaryDirectory.create("narthex-export-")) {
      return run(task, progress, directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot export: " + e.getMessage(), e);
    }
  }

  /** Tells versions of the script apart, which compile otherwise; for keys of caches. */
  public static String scripts() {
    return ExportScript.digest();
  }

  private JsonObject run(ExportTask task, ExportProgress progress, TemporaryDirectory directory)
      throws IOException {
    List<String> words = new ArrayList<>();
    words.add(python.program().toString());
    words.add(ExportScript.unpack(directory.path()).toString());
    words.addAll(task.words());
    Path result = directory.path().resolve("result.json");
    try (ScriptProcess script = ScriptProcess.start(words, result, directory.path())) {
      directory.beforeDelete(script::close);
      Optional<Integer> exit = script.await(limit, progress);
      if (exit.isEmpty()) {
        throw new OperatorException(
            "the export did not end within %d s".formatted(limit.toSeconds()), script.said());
      }
      if (exit.get() != 0) {
        throw failure(script, exit.get());
      }
      return read(result, script.said());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperatorException("the export was interrupted", "", e);
    }
  }

  private static JsonObject read(Path result, String said) throws IOException {
    try {
      return JsonParser.parseString(Files.readString(result)).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw new OperatorException("the export ended without a result", said, e);
    }
  }

  private RuntimeException failure(ScriptProcess script, int exit) {
    Optional<ExportLine.Failed> error = script.error();
    if (error.isEmpty()) {
      return new OperatorException(
          "%s ended with exit code %d, and did not say why%s"
              .formatted(python.program(), exit, last(script.said())),
          script.said());
    }
    String message = error.get().message();
    return switch (error.get().kind()) {
      case "usage" -> new IllegalArgumentException(message);
      case "source" -> new ModelLoadException(message, script.said());
      case "input" -> new InputException(message, script.said());
      case "torch", "machine" -> new UnsupportedException(message, script.said());
      case "output" -> new UncheckedIOException(message, new IOException(message));
      default -> new OperatorException(message, script.said());
    };
  }

  /** The last line of what was said, in which Python has its exceptions. */
  private static String last(String said) {
    String line = said.substring(said.lastIndexOf('\n') + 1).strip();
    return line.isEmpty() ? "" : ": " + line;
  }
}
