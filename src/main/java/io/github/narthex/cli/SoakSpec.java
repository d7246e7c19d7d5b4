package io.github.narthex.cli;

/** How {@code narthex soak} is called. */
final class SoakSpec {
  static final CommandSpec SPEC =
      new CommandSpec(
          "soak",
          "MODEL",
          1,
          1,
          "Call a model for a long time, and fail if memory, handles or latency grow.",
          """
          %s

          Calls the model from several threads, each call with an arena and inputs of its own; of a
          bundle, predict, as its narthex.yaml says. At the end of each window the callers wait
          while RSS, the Java heap after a garbage collection, the native heap and live native
          objects are read.

          The first quarter is the warm-up. Over the rest, a slope is fitted (Theil and Sen's, its
          95 %% interval widened for samples that depend on each other). A metric grows if all of
          the interval is above its limit, it has added something that counts (1 %% and 2 MB of
          memory, 2 handles, 5 %% of latency), it rises in both halves, which a step does not, and
          its lows rise, which those of a saw-tooth do not. Exit code 10 if one does. Ctrl-C ends
          it early; what there is by then is judged, printed and written.\
          """
              .formatted(Options.MODEL),
          Options.with(
              Options.INPUT,
              Option.of("--minutes", "M", "How long, at least 0.2. Default: 10."),
              Option.of(
                  "--concurrency",
                  "N",
                  "Threads that call, each again when it has its answer. Default: as many as"
                      + " cores; of a bundle, as it answers at the same time."),
              Option.of("--recipe", "R", "The recipe to run with. Default: eager."),
              Option.of(
                  "--data",
                  "DIR",
                  "A directory of samples for a recipe that needs them, as for bench. Default:"
                      + " inputs are made up."),
              Option.of(
                  "--threads",
                  "N",
                  "Threads inside an operator. Default: 1, or all available processors for one"
                      + " caller."),
              Options.DEVICE,
              Options.LIBRARY,
              Options.PACKAGE,
              Option.of(
                  "--max-memory-growth",
                  "B/h",
                  "Of RSS and of the heaps, such as 50MB/h, the default."),
              Option.of("--max-handle-growth", "N/h", "Of live native objects. Default: 10/h."),
              Option.of("--max-latency-growth", "F/h", "Of the median latency. Default: 20%/h."),
              Options.SEED,
              Options.JSON,
              Options.QUIET));

  private SoakSpec() {}
}
