package io.github.narthex.cli;

import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Strategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The options and texts that more than one command has. */
final class Options {
  static final Option HELP = Option.flag("--help", "Print this text.");
  static final Option VERSION = Option.flag("--version", "Print Narthex's version.");
  static final Option STACK_TRACE =
      Option.flag(
          "--stack-trace",
          "Print stack traces and libtorch's own text of errors; NARTHEX_DEBUG=1 does the same.");
  static final Option JSON =
      Option.of("--json", "FILE", "Write the result as JSON; - is standard output.");
  static final Option CSV =
      Option.of("--csv", "FILE", "Write the rows as CSV; - is standard output.");
  static final Option HTML =
      Option.of(
          "--html",
          "FILE",
          "Write a report with charts, one file that a browser shows without a network.");
  static final Option MARKDOWN =
      Option.of(
          "--markdown",
          "FILE",
          "Write the report as Markdown, for a comment; - is standard output.");
  static final Option QUIET =
      Option.flag("--quiet", "No progress and no remarks on standard error.");
  static final Option INPUT =
      Option.repeatable(
          "--input",
          "SPEC",
          "An input, once for each in their order: SHAPE[:DTYPE[:LOW..HIGH]], such as"
              + " 1x3x224x224:float32 or 1x128:int64:0..30000; scalar:DTYPE:LOW..HIGH for an int,"
              + " float or bool, such as scalar:int64:16000..16000; or a .npy file. With NAME= in"
              + " front, it is for the argument of that name. Without any, inputs are guessed from"
              + " the model where that can be done.");
  static final Option THREADS =
      Option.of("--threads", "N", "Threads inside an operator. Default: all available processors.");
  static final Option DEVICE =
      Option.of(
          "--device",
          "DEVICE",
          "Where to run: cpu, which is the default, or cuda, cuda:1 and so on (xpu, mps). Inputs"
              + " are copied there and outputs back with each call.");
  static final Option LIBRARY =
      Option.repeatable(
          "--library",
          "FILE",
          "A shared library that is loaded along with libtorch: operators that a model needs, a"
              + " runtime that it was compiled for, such as Torch-TensorRT's. It is machine code.");
  static final Option PACKAGE =
      Option.repeatable(
          "--package",
          "KEY[=VALUE]",
          "How an AOTInductor package is loaded: model=NAME, which one of several in it; runners=N,"
              + " how many calls run side by side, by default as many as there are callers;"
              + " single-threaded, without locks, for one call at a time; sha256=HEX, given for"
              + " each file that may be loaded; force, whatever it was compiled for, which may end"
              + " the process.");
  static final Option SEED =
      Option.of("--seed", "N", "Seed of random weights, inputs and statistics. Default: 0.");

  static final Option SAMPLES =
      Option.of(
          "--data",
          "DIR",
          "A directory of samples to compare answers over, one .npy each, or for several"
              + " inputs a sub-directory each; with labels.csv, of file and label, it is"
              + " also counted how many answers are right. Without --input, the first"
              + " sample is the one that is timed. Default: inputs are made up.");
  static final Option MAX_ERROR =
      Option.of(
          "--max-error",
          "E",
          "The largest error of a recipe that may be recommended, such as 2% or 0.02."
              + " Default: 2%.");
  static final Option DURATION =
      Option.of("--duration", "S", "Seconds of timed forwards for each recipe.");

  static final String MODEL =
      "MODEL is a TorchScript file, an AOTInductor package (.pt2), a bundle (a directory with\n"
          + "narthex.yaml, which then says inputs, threads and batch), or a built-in (with random\n"
          + "weights, but for shapes-net):\n"
          + String.join(", ", Builtin.ids())
          + ".";

  static final String RECIPES =
      Arrays.stream(Strategy.values())
          .map(strategy -> "  %-24s%s".formatted(strategy, strategy.summary()))
          .collect(
              Collectors.joining(
                  "\n",
                  """
                  A recipe is a sum of steps, such as onednn-graph+bf16+channels-last. The steps:
                  """,
                  """

                  Inputs and outputs keep their dtype.\
                  """));

  private Options() {}

  /** A command's own options, and those that all have. */
  static List<Option> with(Option... own) {
    List<Option> options = new ArrayList<>(List.of(own));
    options.add(STACK_TRACE);
    options.add(HELP);
    options.add(VERSION);
    return List.copyOf(options);
  }
}
