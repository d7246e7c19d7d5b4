package io.github.narthex.errors;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.Generator;
import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import io.github.narthex.io.SampleDirectory;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class QuantisationErrors extends ErrorCases {
  QuantisationErrors(Arena arena, Path root) {
    super(arena, root);
    thrown(
        "static-int8 needs calibration data: …",
        () -> Recipe.parse("static-int8").applyTo(arena, net()));
    thrown("there is no calibration data: …", () -> quantise(observed()));
    thrown("the model is not observed: …", () -> quantise(net()));
    thrown(
        "the input of layer 'stem' was infinite or NaN with the calibration data",
        () -> {
          Model observed = observed();
          observed.forward(arena, Value.of(image().mul(Float.POSITIVE_INFINITY)));
          quantise(observed);
        });
    thrown(
        "the model has no convolution or linear layer that can be quantised",
        () -> observed(script("def forward(self, x):\n    return x + 1\n")));
    thrown("there is no quantised engine 'abacus' here, but …", () -> quantise(fed(), "abacus"));
    thrown(
        "no choice of layers keeps the error within 1.00e-05 %: …",
        () -> {
          Path data = folder();
          Files.copy(Fixtures.path("models/mlp.input.0.npy"), data.resolve("a.npy"));
          Model model = load("models/mlp.pt");
          Recipe.parse("dynamic-int8:max-error=1e-7")
              .applyTo(arena, model, SampleDirectory.open(data, model));
        });
    thrown("the model has no layer 'fc', it has: stem", () -> quantise(fed(), "x86", "fc"));
    thrown(
        "nothing can be quantised: …",
        () ->
            net()
                .rewrite(
                    arena, new Rewrite.DynamicQuantization(DType.INT8, "auto", true, List.of())));
    command("bad recipe 'frooze' at position 1: …", "bench", "mlp", "--recipe", "frooze");
    command(
        "bad recipe 'static-int8+bf16-mixed' at position …: bf16-mixed and static-int8 do not go"
            + " together: a layer has one dtype",
        "bench",
        "mlp",
        "--recipe",
        "static-int8+bf16-mixed");
  }

  private Tensor image() {
    return Tensors.ones(arena, DType.FLOAT32, Shape.of(1, 3, 8, 8));
  }

  private Model net() {
    Tensor weight =
        Tensors.randn(arena, DType.FLOAT32, Shape.of(4, 3, 3, 3), Generator.seeded(arena, 1));
    return Model.script(
        arena,
        new Weights().parameter("stem.weight", weight),
        "def forward(self, x):\n    return torch.conv2d(x, self.stem.weight, None)\n");
  }

  private Model observed() {
    return observed(net());
  }

  private Model observed(Model model) {
    return model.rewrite(arena, new Rewrite.Observe(Rewrite.Observer.MIN_MAX)).model();
  }

  private Model fed() {
    Model observed = observed();
    observed.forward(arena, Value.of(image()));
    return observed;
  }

  private void quantise(Model model) {
    quantise(model, "x86");
  }

  private void quantise(Model model, String engine, String... keep) {
    model.rewrite(arena, new Rewrite.StaticInt8(engine, List.of(keep)));
  }
}
