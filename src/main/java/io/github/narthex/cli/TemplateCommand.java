package io.github.narthex.cli;

import io.github.narthex.bundle.Template;
import io.github.narthex.internal.text.Suggestion;
import java.util.Arrays;
import java.util.List;

/** {@code narthex template}. */
final class TemplateCommand {
  private TemplateCommand() {}

  static int run(Arguments arguments, Streams streams) {
    if (arguments.positional().isEmpty()) {
      for (Template template : Template.values()) {
        streams.out().printf("%-14s%s%n", template, template.summary());
      }
      return ExitCode.OK;
    }
    streams.out().print(named(arguments.positional().getFirst()).text());
    return ExitCode.OK;
  }

  private static Template named(String name) {
    List<String> names = Arrays.stream(Template.values()).map(Template::toString).toList();
    return Template.named(name)
        .orElseThrow(
            () ->
                new UsageException(
                    "there is no template '%s'%s; there are %s"
                        .formatted(name, Suggestion.among(names, name), String.join(", ", names))));
  }
}
