package io.github.narthex.errors;

import io.github.narthex.Model;
import io.github.narthex.Value;
import io.github.narthex.export.FakePython;
import io.github.narthex.export.Python;
import io.github.narthex.io.MadeSamples;
import io.github.narthex.io.Samples;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;

final class ExportErrors extends ErrorCases {
  private static final String LIBTORCH = "2.15.0";

  ExportErrors(Arena arena, Path root) {
    super(arena, root);
    thrown(
        "no Python was found (NARTHEX_PYTHON, the active environment, python3 on PATH), and …",
        () -> Python.forLibtorch(null, Map.of("PATH", "/nowhere"), LIBTORCH));
    thrown("… has no torch, which exporting needs: …", () -> search("none"));
    thrown(
        "… has torch 2.2.0, and a package is for the version that compiled it, …",
        () -> search("2.2.0"));
    thrown(
        "inductor needs a sample, for whose sizes it compiles",
        () -> Recipe.parse("inductor").applyTo(arena, load("models/mlp.pt")));
    command(
        "bad recipe 'inductor+onednn-graph' at position …: onednn-graph and inductor do not go"
            + " together: …",
        "bench",
        "--recipe",
        "inductor+onednn-graph");
    command(
        "bad recipe 'inductor+bf16-mixed:keep=fc' at position …: with inductor bf16-mixed takes no"
            + " keys: …",
        "bench",
        "--recipe",
        "inductor+bf16-mixed:keep=fc");
    said(
        "mode=reduce-overhead of inductor replays what a GPU has recorded, …",
        () ->
            Recipe.parse("inductor:mode=reduce-overhead")
                .obstacle(Machine.current())
                .orElseThrow());
    command(
        "bad value 'net.pt' of --output: inductor makes a package, whose name ends in .pt2",
        "apply",
        "mlp",
        "--recipe",
        "inductor",
        "--output",
        "net.pt");
    said("inductor is not used, but compile: …", () -> fallBack(arena));
  }

  private String fallBack(Arena arena) {
    Model model = Model.script(arena, "def forward(self, x: str) -> str:\n    return x");
    Samples texts = new MadeSamples(1, "x", (_, _) -> Value.of("text"));
    return Recipe.parse("inductor").apply(arena, model, texts).notes().getFirst();
  }

  private void search(String torch) throws IOException {
    Path python = FakePython.write(folder().resolve("python3"), torch, "exit 1");
    Python.forLibtorch(python, Map.of(), LIBTORCH);
  }
}
