package io.github.narthex.cli;

import io.github.narthex.report.Json;
import io.github.narthex.report.StrategyList;
import io.github.narthex.strategy.Machine;
import org.jspecify.annotations.Nullable;

/** {@code narthex recipes}. */
final class RecipesCommand {
  private RecipesCommand() {}

  static int run(Arguments arguments, Streams streams) {
    @Nullable String json = arguments.value("--json");
    ResultFile.check(json);
    StrategyList list = new StrategyList(Machine.current());
    if (json != null) {
      ResultFile.write(json, Json.text(list.json()), streams.out());
    }
    if (!ResultFile.STANDARD_OUTPUT.equals(json)) {
      streams.out().print(list.text());
    }
    return ExitCode.OK;
  }
}
