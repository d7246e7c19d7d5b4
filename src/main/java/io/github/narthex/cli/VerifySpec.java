package io.github.narthex.cli;

/** How {@code narthex verify} is called. */
final class VerifySpec {
  static final CommandSpec SPEC =
      new CommandSpec(
          "verify",
          "REFERENCE CANDIDATE",
          2,
          2,
          "Prove that two models agree, such as a .pt and the .pt2 made from it.",
          """
          Each is a TorchScript file, an AOTInductor package (.pt2), a bundle or a built-in. Both answer the same inputs, by position; their answers are
          compared output by output, and then they run in turns, so that their times can be
          compared. Exit code 12 if an error is above --max-error, or if answers can't be compared.\
          """,
          Options.with(
              Options.INPUT,
              Option.of(
                  "--data",
                  "DIR",
                  "A directory of samples to compare answers over, as for bench. Default: inputs"
                      + " that are made up."),
              Option.of("--count", "N", "How many inputs are made up. Default: 16."),
              Options.MAX_ERROR,
              Options.THREADS,
              Option.of(
                  "--device",
                  "DEVICE",
                  "Where the candidate runs: cpu, which is the default, or cuda, cuda:1 and so on"
                      + " (xpu, mps). The reference stays on the CPU."),
              Options.LIBRARY,
              Options.PACKAGE,
              Options.SEED,
              Options.JSON,
              Options.QUIET));

  private VerifySpec() {}
}
