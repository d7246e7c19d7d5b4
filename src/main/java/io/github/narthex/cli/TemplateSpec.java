package io.github.narthex.cli;

/** How {@code narthex template} is called. */
final class TemplateSpec {
  static final CommandSpec SPEC =
      new CommandSpec(
          "template",
          "[NAME]",
          0,
          1,
          "List the templates of configuration, or print one.",
          """
          A template is the beginning of a narthex.yaml for a usual pattern of deployment: a goal,
          limits, threads and what happens on another machine, with comments. Print one, edit it,
          and give it to optimize:

            narthex template edge > edge.yaml
            narthex optimize MODEL --from edge.yaml --output bundle\
          """,
          Options.with());

  private TemplateSpec() {}
}
