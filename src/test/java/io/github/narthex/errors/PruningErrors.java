package io.github.narthex.errors;

import io.github.narthex.DType;
import io.github.narthex.Generator;
import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import io.github.narthex.Shape;
import io.github.narthex.Tensors;
import io.github.narthex.Weights;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

final class PruningErrors extends ErrorCases {
  PruningErrors(Arena arena, Path root) {
    super(arena, root);
    thrown("nothing can be pruned: …", () -> prune(net(), "a"));
    thrown(
        "a frozen model has no parameters that masks could stand beside: …",
        () -> {
          Path file = folder().resolve("frozen.pt");
          net().freeze(arena).save(file);
          prune(Model.load(arena, file));
        });
    thrown(
        "no channel can be removed: a is left itself: …",
        () ->
            net()
                .rewrite(
                    arena, new Rewrite.PruneChannels(0.5, Rewrite.Scope.LAYER, 1, 1, List.of())));
    thrown(
        "2:4 sparsity needs a GPU with sparse tensor cores …",
        () -> Recipe.parse("sparse-2to4").applyTo(arena, net()));
  }

  private Model net() {
    return model("return torch.conv2d(x, self.a.weight)");
  }

  private Model model(String body) {
    Weights weights =
        new Weights()
            .parameter(
                "a.weight",
                Tensors.randn(
                    arena, DType.FLOAT32, Shape.of(8, 3, 1, 1), Generator.seeded(arena, 1)));
    return Model.script(arena, weights, "def forward(self, x):\n    " + body + "\n");
  }

  private void prune(Model model, String... keep) {
    model.rewrite(
        arena,
        new Rewrite.Prune(
            0.5, Rewrite.Scope.LAYER, Rewrite.Prune.Method.L1, 0, true, List.of(keep)));
  }
}
