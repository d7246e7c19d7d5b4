package io.github.narthex.cli;

/** How {@code narthex compare} is called. */
final class CompareSpec {
  static final CommandSpec SPEC =
      new CommandSpec(
          "compare",
          "BEFORE AFTER",
          2,
          2,
          "Compare two results of bench, and fail if a rule is broken.",
          """
          BEFORE and AFTER are files that bench wrote with --json.

          Prints both values of each row that the two have in common, the ratio of after to before
          with its 95 % confidence interval where the files allow one, and whether the difference
          is more than noise: faster, slower, same (by 5 % at most), or unclear. What else differs,
          such as the machine, comes first: figures of two machines can't be compared.

          --fail-if takes METRIC>+N% or METRIC<-N% for a limit of the change, such as p99>+5%, or a
          limit of the figure after, such as p99>20ms, peak>1GB, throughput<100/s, max_rel>1%. With
          RECIPE: in front it is about one recipe, otherwise about all. Metrics: p50, p90, p95,
          p99, throughput, first, load, peak, max_rel. A limit of the change is broken where the
          figures are beyond it and the difference is more than noise; where there is no interval,
          or with --strict, where the figures are beyond it. A row that was measured before and
          does not run any more breaks every rule about it.

          Percentiles above p50 have intervals if bench ran with --samples.\
          """,
          Options.with(
              Option.repeatable(
                  "--fail-if", "RULE", "End with exit code 9 if this is so, such as 'p99>+5%'."),
              Option.flag("--strict", "The figures alone decide, whatever the noise."),
              Options.JSON,
              Option.of(
                  "--markdown",
                  "FILE",
                  "Write a summary as Markdown, for a comment on a pull request; - is standard"
                      + " output.")));

  private CompareSpec() {}
}
