package io.github.narthex.errors;

import io.github.narthex.Device;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.ModelStages;
import io.github.narthex.OffloadedModel;
import io.github.narthex.Pipeline;
import io.github.narthex.Replicas;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

final class SeveralDevicesErrors extends ErrorCases {
  SeveralDevicesErrors(Arena arena, Path root) {
    super(arena, root);
    thrown(
        "a converted model, or one with inputs on the host, can't be timed in parts: …",
        () ->
            ModelStages.timed(arena, load("models/mlp.pt").half(arena), 2, Value.of(zeros(1, 8))));
    thrown(
        "expected a device such as cuda:0, got cpu",
        () -> OffloadedModel.open(stages(), Device.CPU));
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
    thrown(
        "expected a device for each of 2 stages, got 1",
        () -> Pipeline.open(stages(), List.of(Device.CPU)));
    thrown("expected at least one device, got none", () -> Replicas.open(sum(), List.of()));
    thrown(
        "the model changes its own state, and replicas would each have another one",
        () -> Replicas.open(load("models/counts.pt"), List.of(Device.CPU)));
    thrown(
        "expected inputs of equally many rows, got [3, 4]",
        () -> inReplicas(script("def forward(self, x, y):\n  return x"), zeros(3), zeros(4)));
    thrown(
        "expected an input with a dimension to divide, got none", () -> inReplicas(sum(), zeros()));
    thrown(
        "expected outputs of 2 rows from inputs of so many, got float32 scalar: such parts can't"
            + " be joined",
        () -> inReplicas(sum(), zeros(4)));
    thrown(
        "parts of the batch have different results beside their tensors, which can't be joined",
        () -> inReplicas(script("def forward(self, x):\n  return x.size(0)"), zeros(3)));
    thrown("expected at least 1 part of the batch, got 0", () -> inPipeline(0, false));
    thrown(
        "the results come from another thread, which can't use a confined arena: …",
        this::submitted);
    thrown("the replicas are closed", this::afterTheEnd);
    thrown("the pipeline is closed", () -> inPipeline(1, true));
  }

  private Model compiled() {
    return Model.load(
        arena,
        Fixtures.path("packages/dynamic_batch.pt2"),
        Device.CPU,
        ModelPackage.Options.DEFAULT);
  }

  private Model sum() {
    return script("def forward(self, x):\n  return x.sum()");
  }

  private ModelStages stages() {
    return ModelStages.of(arena, load("models/mlp.pt"), 2);
  }

  private void inReplicas(Model model, Tensor... inputs) {
    try (Replicas replicas = Replicas.open(model, List.of(Device.CPU, Device.CPU))) {
      replicas.forward(arena, Arrays.stream(inputs).map(Value::of).toArray(Value[]::new));
    }
  }

  private void submitted() {
    try (Replicas replicas = Replicas.open(sum(), List.of(Device.CPU))) {
      replicas.submit(arena, Value.of(zeros(1))).join();
    }
  }

  private void afterTheEnd() {
    Replicas replicas = Replicas.open(sum(), List.of(Device.CPU));
    replicas.close();
    replicas.forward(arena, Value.of(zeros(1)));
  }

  private void inPipeline(int parts, boolean isClosed) {
    Pipeline pipeline = Pipeline.open(stages(), List.of(Device.CPU, Device.CPU));
    Runnable call = () -> pipeline.forward(arena, parts, Value.of(zeros(1, 8)));
    if (isClosed) {
      pipeline.close();
      call.run();
    }
    try (pipeline) {
      call.run();
    }
  }
}
