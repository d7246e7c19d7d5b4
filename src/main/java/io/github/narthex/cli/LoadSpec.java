package io.github.narthex.cli;

import io.github.narthex.bench.LoadMode;

/** How {@code narthex load} is called. */
final class LoadSpec {
  static final CommandSpec SPEC =
      new CommandSpec(
          "load",
          "MODEL",
          1,
          1,
          "Load a model with requests: latency and throughput under concurrency or at a rate.",
          """
          %s

          Requests come from inside the process that runs the model. As many are served at the same
          time as --threads has instances, all others wait in line.
            closed loop  (--concurrency) so many callers, each of which asks again when it has its
                         answer: what the model can do
            open loop    (--rate) requests come at their time, whatever became of those before;
                         latency counts from when a request was due, so that a stall shows in all
                         that it kept waiting: what users of a service see
            search       (--slo alone) the most requests a second that keep a bound on latency
            scenarios    (--scenario) those of MLPerf: single-stream, one query after the other, of
                         one sample, p90; multi-stream, the same with %d samples, p99; server, the
                         search with --slo and Poisson arrivals; offline, all samples at once
          Default: a closed loop with 1, 2, 4 callers and so on, up to twice as many as cores.

          Printed are requests a second, offered and achieved; latency in milliseconds (a
          percentile only where there are enough requests: 64 for p90, 130 for p95, 662 for p99);
          the mean time in the queue and at work; how busy the servers were; and errors. A rate is
          overloaded where more requests are left at the end than chance brings together.\
          """
              .formatted(Options.MODEL, LoadMode.SAMPLES_PER_QUERY),
          Options.with(
              Options.INPUT,
              Option.of(
                  "--data",
                  "DIR",
                  "A directory of samples, as for bench, which requests take in turn. Default:"
                      + " inputs are made up."),
              Option.of("--recipe", "R", "The recipe to run with. Default: eager."),
              Option.of(
                  "--threads",
                  "N",
                  "Threads of a call, of which there is one at a time; or 1xI: I calls at a time"
                      + " with one thread each. Default: a call on each core; with --scenario"
                      + " single-stream, one call on all cores."),
              Option.of(
                  "--concurrency",
                  "N[,N...]",
                  "Closed loops with so many callers, one after the other."),
              Option.of(
                  "--rate",
                  "R[,R...]",
                  "Open loops with so many requests a second, one after the other."),
              Option.of(
                  "--arrivals",
                  "A",
                  "How requests of an open loop are spread: poisson, at random as those of many"
                      + " users, the default; or constant."),
              Option.of(
                  "--scenario", "S", "MLPerf's: single-stream, multi-stream, server or offline."),
              Option.of(
                  "--slo",
                  "P=T",
                  "A bound on latency, such as p99=20ms. Alone or with --scenario server, the most"
                      + " requests a second that keep it are searched for; otherwise rows say"
                      + " whether they keep it."),
              Options.DEVICE,
              Options.LIBRARY,
              Options.PACKAGE,
              Option.of(
                  "--duration",
                  "S",
                  "Seconds of each load. Default: as long as a p99 takes, 3 to 30. Loads of a"
                      + " search take as long as their percentile needs, and that long at least;"
                      + " default 3."),
              Option.of("--seed", "N", "Seed of random weights, inputs and arrivals. Default: 0."),
              Options.JSON,
              Option.of("--csv", "FILE", "Write the rows as CSV; - is standard output."),
              Options.QUIET));

  private LoadSpec() {}
}
