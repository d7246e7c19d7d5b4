package io.github.narthex.errors;

import io.github.narthex.Device;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.ModelStages;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

final class SeveralDevicesErrors extends ErrorCases {
  SeveralDevicesErrors(Arena arena, Path root) {
    super(arena, root);
    thrown(
        "the model changes its own state, and such a model can't be split",
        () -> ModelStages.of(arena, load("models/counts.pt"), 2));
    thrown(
        "expected from 1 to 3 stages, as the model's code can be cut, got 4",
        () -> ModelStages.of(arena, load("models/mlp.pt"), 4));
    thrown(
        "expected shares that are numbers greater than 0, got …",
        () -> ModelStages.of(arena, load("models/mlp.pt"), List.of(1.0, 0.0)));
    thrown(
        "the model's code uses the model itself (…), which can't be split",
        () -> ModelStages.of(arena, load("modules/forks.pt"), 1));
    thrown(
        "an AOTInductor package is compiled code, which can't be split: …",
        () -> ModelStages.of(arena, compiled(), 2));
  }

  private Model compiled() {
    return Model.load(
        arena,
        Fixtures.path("packages/dynamic_batch.pt2"),
        Device.CPU,
        ModelPackage.Options.DEFAULT);
  }
}
