package io.github.narthex.cli;

/** How {@code narthex profile} is called. */
final class ProfileSpec {
  static final CommandSpec SPEC =
      new CommandSpec(
          "profile",
          "MODEL",
          1,
          1,
          "Show where a model's time and memory go: operators, stages, threads, tensors.",
          """
          %s

          The model runs some times as it is, to know its latency, and as often again with
          libtorch's profiler, to know where the time goes. Printed are
            operators  calls, time of their own and with those they call, in milliseconds for each
                       request; or groups of them, by sizes of inputs, part of the model, range or kernel
            stages     of a request: reading a sample (with --data), copying it in, the forward,
                       copying the answer out
            device     with --device, a call's enqueuing, copies, computing, and its energy
            crossings  of elements between the JVM and libtorch: where, copied or viewed, and why
            memory     what the process has, and what a forward takes for tensors
            advice     what follows from that, by rules
          What the profiler itself costs is printed too: times of the table are with it.\
          """
              .formatted(Options.MODEL),
          Options.with(
              Options.INPUT,
              Option.of(
                  "--data",
                  "DIR",
                  "A directory of samples, as for bench, which requests take in turn. Default: one"
                      + " input that is made up."),
              Option.of("--recipe", "R", "The recipe to run with. Default: eager."),
              Options.THREADS,
              Options.DEVICE,
              Options.LIBRARY,
              Options.PACKAGE,
              Option.of(
                  "--iterations",
                  "N",
                  "Requests without the profiler, and again with it. Default: as many as fit into"
                      + " two seconds, 5 to 200."),
              Option.of("--warmup", "N", "Requests before those. Default: 10."),
              Option.of(
                  "--group-by",
                  "G",
                  "What makes a row: operator, which is the default; shape, an operator with the"
                      + " sizes of its inputs; module, a part of the model (of one that is not"
                      + " frozen); range, a stage; kernel, a kernel or a kind of copy of the"
                      + " device."),
              Option.of(
                  "--sort",
                  "S",
                  "What comes first: self, the time of its own, which is the default; total,"
                      + " calls, device, memory or flops."),
              Option.of("--limit", "N", "Rows to print; 0 for all. Default: 20."),
              Option.flag("--data-path", "Print how elements crossed, and no operators."),
              Option.flag(
                  "--memory",
                  "Record what memory each operator takes for tensors, and foretell what a forward"
                      + " takes."),
              Option.flag(
                  "--flops", "Record floating-point operations of products and convolutions."),
              Option.of(
                  "--trace", "FILE", "Write all events, for ui.perfetto.dev and chrome://tracing."),
              Option.flag(
                  "--nvtx",
                  "Make operators and stages NVTX ranges too, for nsys, which then records the"
                      + " kernels in the profiler's place."),
              Options.SEED,
              Options.JSON,
              Option.of("--csv", "FILE", "Write the table as CSV; - is standard output."),
              Options.QUIET));

  private ProfileSpec() {}
}
