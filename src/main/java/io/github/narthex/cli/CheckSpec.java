package io.github.narthex.cli;

/** How {@code narthex check} is called. */
final class CheckSpec {
  static final String NAME = "check";

  static final CommandSpec SPEC =
      new CommandSpec(
          NAME,
          "MODEL",
          1,
          1,
          "Go through what a deployment should have: what is met, what is not, what is not known.",
          """
          %s

          Looks at the mode it was saved in, gradients, weights, state and export; of a package, what
          it was compiled for and what it checks; inputs, on which it is run once; warm-up, threads
          and queue; the evidence for its accuracy, speed and goals, and whether that was taken on
          this processor with this libtorch; the model file, versions and memory. Each line is met,
          not-met or unknown, with what to do or how to find out; docs/production.md has them all.
          Of a bundle more is known than of a file.

          The exit code is 0 if nothing is not-met, and 11 otherwise.\
          """
              .formatted(Options.MODEL),
          Options.with(Options.INPUT, Options.LIBRARY, Options.PACKAGE, Options.JSON));

  private CheckSpec() {}
}
