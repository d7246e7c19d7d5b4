package io.github.narthex.cli;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.ModelLoadException;
import io.github.narthex.NarthexException;
import io.github.narthex.NativeLibraryException;
import io.github.narthex.OperatorException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.WorkerFailure;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Turns what went wrong into one line and an exit code. */
final class Failures {
  private Failures() {}

  /** Says what was wrong with the command line. */
  static int usage(UsageException e, List<String> words, PrintStream err, boolean trace) {
    boolean command =
        !words.isEmpty()
            && Commands.ALL.stream().anyMatch(spec -> spec.name().equals(words.getFirst()));
    String help = "narthex " + (command ? words.getFirst() + " " : "") + "--help";
    line(err, e.getMessage() + " (see " + help + ")");
    if (trace) {
      e.printStackTrace(err);
    }
    return ExitCode.USAGE;
  }

  /** Says what went wrong while a command ran. */
  static int report(Throwable thrown, PrintStream err, boolean trace) {
    line(err, thrown.getMessage() == null ? thrown.toString() : thrown.getMessage());
    int code = code(thrown);
    if (code == ExitCode.INTERNAL && !trace) {
      err.println(
          "This is a mistake in Narthex (%s); --stack-trace shows where."
              .formatted(thrown.getClass().getName()));
    }
    if (trace) {
      String detail =
          switch (thrown) {
            case NarthexException e -> e.detail();
            case WorkerFailure e -> e.detail();
            default -> "";
          };
      if (!detail.isEmpty()) {
        err.println(detail);
      }
      thrown.printStackTrace(err);
    }
    return code;
  }

  private static void line(PrintStream err, String message) {
    err.println("narthex: " + message.strip().replaceAll("\\s*\\R\\s*", " "));
  }

  private static int code(Throwable thrown) {
    return switch (thrown) {
      case NativeLibraryException e -> ExitCode.NATIVE;
      case UnsatisfiedLinkError e -> ExitCode.NATIVE;
      case ModelLoadException e -> ExitCode.INPUT;
      case InputException e -> ExitCode.INPUT;
      case IllegalArgumentException e -> ExitCode.INPUT;
      case UnsupportedException e -> ExitCode.UNSUPPORTED;
      case OperatorException e -> ExitCode.FAILED;
      case DeviceMemoryException e -> ExitCode.FAILED;
      case OutOfMemoryError e -> ExitCode.FAILED;
      case UncheckedIOException e -> ExitCode.OUTPUT;
      case WorkerFailure e -> code(e);
      default -> ExitCode.INTERNAL;
    };
  }

  /** The same for what was thrown in another process, of which only the name has come across. */
  private static int code(WorkerFailure failure) {
    if (failure.status() != Status.FAILED) {
      return failure.status() == Status.UNSUPPORTED ? ExitCode.UNSUPPORTED : ExitCode.FAILED;
    }
    return switch (failure.kind()) {
      case "NativeLibraryException", "UnsatisfiedLinkError" -> ExitCode.NATIVE;
      case "ModelLoadException", "InputException", "IllegalArgumentException" -> ExitCode.INPUT;
      default -> ExitCode.FAILED;
    };
  }
}
