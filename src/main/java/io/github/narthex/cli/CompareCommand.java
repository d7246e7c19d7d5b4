package io.github.narthex.cli;

import io.github.narthex.compare.Comparison;
import io.github.narthex.compare.DocumentReader;
import io.github.narthex.compare.Rule;
import io.github.narthex.compare.RuleCheck;
import io.github.narthex.internal.text.Suggestion;
import io.github.narthex.report.CompareJson;
import io.github.narthex.report.CompareMarkdown;
import io.github.narthex.report.CompareTable;
import io.github.narthex.report.Json;
import java.util.List;

/** {@code narthex compare}. */
final class CompareCommand {
  private CompareCommand() {}

  static int run(Arguments arguments, Streams streams) {
    List<Rule> rules = arguments.values("--fail-if").stream().map(RuleArgument::parse).toList();
    ResultFiles files = ResultFiles.of(arguments, "--json", "--markdown");
    Comparison comparison =
        Comparison.of(
            DocumentReader.read(arguments.positional().getFirst()),
            DocumentReader.read(arguments.positional().getLast()));
    rules.forEach(rule -> checkRecipe(rule, comparison));
    List<Rule.Outcome> outcomes = RuleCheck.of(rules, comparison, arguments.has("--strict"));
    files.write("--json", () -> Json.text(CompareJson.of(comparison, outcomes)), streams);
    files.write("--markdown", () -> CompareMarkdown.of(comparison, outcomes), streams);
    if (!files.takeStandardOutput()) {
      streams.out().print(CompareTable.of(comparison, outcomes));
    }
    return code(outcomes, streams);
  }

  private static void checkRecipe(Rule rule, Comparison comparison) {
    rule.recipe()
        .filter(recipe -> !comparison.recipes().contains(recipe))
        .ifPresent(
            recipe -> {
              throw new UsageException(
                  "bad rule '%s' of --fail-if: neither file has a row of %s%s"
                      .formatted(
                          rule.text(), recipe, Suggestion.among(comparison.recipes(), recipe)));
            });
  }

  /** A broken rule is worse than one that can't be checked, but neither is silent. */
  private static int code(List<Rule.Outcome> outcomes, Streams streams) {
    int code = ExitCode.OK;
    for (Rule.Outcome outcome : outcomes) {
      for (String row : outcome.unchecked()) {
        streams.err().printf("narthex: rule %s can't be checked: %s%n", outcome.rule().text(), row);
        code = ExitCode.INPUT;
      }
    }
    List<String> broken =
        outcomes.stream()
            .filter(outcome -> !outcome.broken().isEmpty())
            .map(outcome -> outcome.rule().text())
            .toList();
    if (!broken.isEmpty()) {
      streams
          .err()
          .printf(
              "narthex: %s: %s%n",
              broken.size() == 1 ? "a rule is broken" : broken.size() + " rules are broken",
              String.join(", ", broken));
      code = ExitCode.RULE_BROKEN;
    }
    return code;
  }
}
