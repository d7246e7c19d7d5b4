package io.github.narthex.cli;

/** How {@code narthex optimize} is called. */
final class OptimizeSpec {
  static final CommandSpec SPEC =
      new CommandSpec(
          "optimize",
          "[MODEL]",
          0,
          1,
          "Search for the best way to run a model, prove it, and write a bundle to deploy.",
          """
          %s

          Tries recipes beside the model as it is, those that this machine favours first, each in
          a process of its own; drops what is behind; leaves layers in float32 where answers are
          off; then tries threads, instances and batches for the best ones; and lets what is left
          race until it is clear which one is ahead, or the time is over. A recipe that crashes,
          hangs or runs out of memory is a row. What is found is said as it is found.

          The bundle is a directory with the model file, narthex.yaml (how to run it; to be
          edited), the evidence as JSON, and a report. Java opens it with Bundle.open(path);
          bench, run and inspect take it as MODEL. Answers of the very file in it were compared.

          Without a goal, a model that keeps to the limits as it is needs no search. A search that
          was interrupted goes on with --resume and the same options.\
          """
              .formatted(Options.MODEL),
          Options.with(
              Options.INPUT,
              Options.SAMPLES,
              Option.of(
                  "--goal",
                  "GOAL",
                  "What to make as good as it gets: latency (the default), throughput, memory or"
                      + " size."),
              Option.of(
                  "--slo",
                  "PX=T",
                  "The most that a percentile of the latency may be, such as p99=20ms."),
              Option.of("--min-throughput", "N/s", "The fewest items a second, such as 100/s."),
              Option.of("--max-memory", "SIZE", "The most memory of a process, such as 1GB."),
              Options.MAX_ERROR,
              Option.of(
                  "--min-agreement",
                  "A",
                  "The smallest share of samples whose largest output stays the same, such as"
                      + " 99.9%, or with labels how much of the share of right answers is kept."
                      + " Without --max-error, it decides alone."),
              Option.of(
                  "--budget", "T", "The time for everything, such as 90s or 5m. Default: 2m."),
              Option.of(
                  "--threads",
                  "N[,N...]",
                  "The only ways to use threads that are tried, as for bench. Default: those that"
                      + " suit this machine."),
              Option.of(
                  "--batch",
                  "N[,N...]",
                  "The only batches that are tried. Default: as inputs have it, and for"
                      + " throughput larger ones, too."),
              Option.of(
                  "--device",
                  "DEVICE[,DEVICE...]",
                  "Where recipes are tried: cpu, which is the default, or cuda, cuda:1 and so on;"
                      + " the model as it is runs on the CPU."),
              Options.LIBRARY,
              Option.of("--output", "BUNDLE", "The directory to write; needed."),
              Option.of(
                  "--from",
                  "FILE",
                  "Take what is not given here from a bundle, its model too, or from a narthex.yaml"
                      + " such as a template."),
              Option.flag("--resume", "Go on with a search that was interrupted."),
              Option.flag(
                  "--require-stable",
                  "End with an exit code of its own if figures were not stable."),
              Options.SEED,
              Options.JSON,
              Option.of("--csv", "FILE", "Write the trials as CSV; - is standard output."),
              Option.of("--markdown", "FILE", "Write the report as Markdown."),
              Option.of("--html", "FILE", "Write the report as HTML; the bundle has it too."),
              Options.QUIET));

  private OptimizeSpec() {}
}
