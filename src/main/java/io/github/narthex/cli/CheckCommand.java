package io.github.narthex.cli;

import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.check.Item;
import io.github.narthex.check.Place;
import io.github.narthex.check.Review;
import io.github.narthex.check.Subject;
import io.github.narthex.io.InputSpec;
import io.github.narthex.report.CheckJson;
import io.github.narthex.report.CheckTable;
import io.github.narthex.report.Json;
import java.lang.foreign.Arena;
import java.util.List;

/** {@code narthex check}. */
final class CheckCommand {
  private CheckCommand() {}

  static int run(Arguments arguments, Streams streams) {
    ResultFiles files = ResultFiles.of(arguments, "--json");
    List<InputSpec> inputs = Values.inputSpecs(arguments);
    String model = ModelArgument.checked(arguments.positional().getFirst());
    PackageOptions packageOptions = Values.packageOptions(arguments, 1, model);
    Values.loadLibraries(arguments);
    Review review;
    try (Arena arena = Arena.ofConfined()) {
      ModelSource source = ModelSource.of(arena, model, 0, packageOptions);
      review = Review.of(Subject.of(model, source, inputs, Place.here()));
    }
    files.write("--json", () -> Json.text(CheckJson.of(review)), streams);
    if (!files.takeStandardOutput()) {
      streams.out().print(CheckTable.text(review));
    }
    return review.count(Item.State.NOT_MET) > 0 ? ExitCode.NOT_MET : ExitCode.OK;
  }
}
