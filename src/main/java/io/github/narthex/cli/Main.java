package io.github.narthex.cli;

import io.github.narthex.Startup;
import io.github.narthex.Version;
import io.github.narthex.bench.WorkerMain;
import io.github.narthex.internal.text.Suggestion;
import java.io.PrintStream;
import java.util.List;

/** The command line's entry point. */
public final class Main {
  /** Starts a worker process of the benchmark; not for people. */
  private static final String WORKER = "worker";

  private Main() {}

  /**
   * Runs one command and ends the process with its exit code.
   *
   * @param arguments what the user typed after {@code narthex}
   */
  public static void main(String[] arguments) {
    // The first native call gives this process native access, with a warning: doctor looks before.
    if (!(arguments.length > 0 && arguments[0].equals(DoctorSpec.NAME))) {
      Startup.forOneCommand();
    }
    if (arguments.length == 1 && arguments[0].equals(WORKER)) {
      WorkerMain.run();
      System.exit(ExitCode.OK);
    }
    int code = run(List.of(arguments), System.out, System.err);
    System.out.flush();
    if (code == ExitCode.OK && System.out.checkError()) {
      code = ExitCode.OUTPUT;
    }
    if (code != ExitCode.OK) { // else the end of main is the end, 10 ms sooner
      System.exit(code);
    }
  }

  /** Runs one command and returns its exit code. */
  static int run(List<String> words, PrintStream out, PrintStream err) {
    boolean trace = words.contains("--stack-trace") || "1".equals(System.getenv("NARTHEX_DEBUG"));
    try {
      return dispatch(words, new Streams(out, err));
    } catch (UsageException e) {
      return Failures.usage(e, words, err, trace);
    } catch (RuntimeException | OutOfMemoryError | LinkageError | StackOverflowError e) {
      return Failures.report(e, err, trace);
    }
  }

  private static int dispatch(List<String> words, Streams streams) {
    if (words.isEmpty()) {
      throw new UsageException("no command given");
    }
    String first = words.getFirst();
    if (first.equals("--help") || first.equals("-h") || first.equals("help")) {
      String topic = words.size() > 1 ? words.get(1) : "";
      streams
          .out()
          .print(topic.isEmpty() || topic.startsWith("-") ? Help.general() : Help.of(find(topic)));
      return ExitCode.OK;
    }
    if (first.equals("--version")) {
      streams.out().println("narthex " + Version.NARTHEX);
      return ExitCode.OK;
    }
    CommandSpec spec = find(first);
    Arguments arguments = Arguments.parse(spec, words.subList(1, words.size()));
    if (arguments.has("--help")) {
      streams.out().print(Help.of(spec));
      return ExitCode.OK;
    }
    if (arguments.has("--version")) {
      streams.out().println("narthex " + Version.NARTHEX);
      return ExitCode.OK;
    }
    arguments.checkCount(spec);
    return switch (spec.name()) {
      case "bench" -> BenchCommand.run(arguments, streams);
      case "optimize" -> OptimizeCommand.run(arguments, streams);
      case "load" -> LoadCommand.run(arguments, streams);
      case "soak" -> SoakCommand.run(arguments, streams);
      case "profile" -> ProfileCommand.run(arguments, streams);
      case "compare" -> CompareCommand.run(arguments, streams);
      case "verify" -> VerifyCommand.run(arguments, streams);
      case "apply" -> ApplyCommand.run(arguments, streams);
      case ExportSpec.NAME -> ExportCommand.run(arguments, streams);
      case "claims" -> ClaimsCommand.run(arguments, streams);
      case "run" -> RunCommand.run(arguments, streams);
      case "inspect" -> InspectCommand.run(arguments, streams);
      case CheckSpec.NAME -> CheckCommand.run(arguments, streams);
      case "recipes" -> RecipesCommand.run(arguments, streams);
      case "data" -> DataCommand.run(arguments, streams);
      case DoctorSpec.NAME -> DoctorCommand.run(arguments, streams);
      case "template" -> TemplateCommand.run(arguments, streams);
      default -> throw new IllegalStateException("no command " + spec.name());
    };
  }

  private static CommandSpec find(String name) {
    for (CommandSpec spec : Commands.ALL) {
      if (spec.name().equals(name)) {
        return spec;
      }
    }
    List<String> names = Commands.ALL.stream().map(CommandSpec::name).toList();
    throw new UsageException(
        (name.startsWith("-") ? "a command is expected before option " : "unknown command ")
            + name
            + Suggestion.among(names, name));
  }
}
