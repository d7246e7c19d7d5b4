package io.github.narthex.cli;

/** The help texts. */
final class Help {
  private static final int WIDTH = 100;
  private static final int INDENT = 24;

  private Help() {}

  /** The text of {@code narthex --help}. */
  static String general() {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        Narthex runs PyTorch models on the JVM, and measures how fast they can run.

        Usage: narthex COMMAND [OPTIONS]

        Commands:
        """);
    for (CommandSpec spec : Commands.ALL) {
      text.append("  %-10s%s%n".formatted(spec.name(), spec.summary()));
    }
    text.append('\n').append(Options.MODEL).append('\n');
    return text.append(
            """

            Options:
              --help      Print this text; narthex COMMAND --help prints that command's.
              --version   Print Narthex's version.

            """)
        .append(ExitCode.DESCRIPTION)
        .append('\n')
        .toString();
  }

  /** The text of {@code narthex COMMAND --help}. */
  static String of(CommandSpec spec) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s%n%nUsage: narthex %s %s [OPTIONS]%n%n"
            .formatted(spec.summary(), spec.name(), spec.arguments()));
    text.append(spec.description()).append("\n\nOptions:\n");
    for (Option option : spec.options()) {
      String head = "  " + option.name() + (option.value() == null ? "" : " " + option.value());
      text.append(head)
          .append(
              head.length() + 2 > INDENT
                  ? "\n" + " ".repeat(INDENT)
                  : " ".repeat(INDENT - head.length()));
      int column = INDENT;
      for (String word : option.description().split(" ", -1)) {
        if (column > INDENT && column + 1 + word.length() > WIDTH) {
          text.append('\n').append(" ".repeat(INDENT));
          column = INDENT;
        }
        text.append(column == INDENT ? "" : " ").append(word);
        column += word.length() + (column == INDENT ? 0 : 1);
      }
      text.append('\n');
    }
    return text.append('\n').append(ExitCode.DESCRIPTION).append('\n').toString();
  }
}
