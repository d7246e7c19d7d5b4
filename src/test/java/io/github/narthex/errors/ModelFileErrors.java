package io.github.narthex.errors;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import io.github.narthex.Tensor;
import io.github.narthex.Weights;
import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class ModelFileErrors extends ErrorCases {
  ModelFileErrors(Arena arena, Path root) {
    super(arena, root);
    command("no such model: 'x' is neither a file nor a built-in (…)…", "inspect", "x");
    thrown("there is no file …", () -> load("models/none.pt"));
    foreign(
        "… is weights without the model's code (a state_dict or a checkpoint), …",
        "state_dict.pth");
    foreign("… is a pickled Python module (torch.save of a model), …", "pickled-module.pth");
    foreign("… is an ONNX model, …", "model.onnx");
    foreign("… is a torch.export program, …", "torch-export.pt2");
    foreign("… is in the format that torch.save had before torch 1.6, …", "legacy.pth");
    said(
        "… is of a format that is not known here; expected …",
        () -> told("inspect", Files.writeString(folder().resolve("x"), "x").toString()));
    said(
        "… is a directory, where a file was expected: …",
        () -> told("inspect", folder().toString()));
    foreign(
        "… is a TorchScript archive for a newer libtorch than the … that runs: …", "version99.pt");
    foreign("… is the beginning of a zip …: the file is truncated or damaged; …", "truncated.pt");
    foreign("… can't be loaded: …", "damaged-code.pt");
    thrown(
        "… can't be loaded: libtorch has no operator nowhere::twice: load the library that brings"
            + " it (…)",
        () -> load("engines/nowhere.pt"));
    thrown(
        "the model in memory is …",
        () ->
            Model.load(arena, Files.readAllBytes(Fixtures.path("formats/model.onnx")), Device.CPU));
    thrown(
        "there is no device cuda:99: …",
        () -> Model.load(arena, Fixtures.path("models/mlp.pt"), new Device(Device.Type.CUDA, 99)));
    thrown(
        "the weights do not fit: 3 missing (…); 1 not in the model (…); 1 of another dtype or"
            + " shape (…)",
        () -> load("models/mlp.pt").withWeights(arena, otherWeights()));
    thrown(
        "the model can't be converted: it holds weights in an object of class"
            + " …LinearPackedParamsBase…",
        () -> int8().bfloat16(arena));
    thrown(
        "the model can't be converted: its weights are in oneDNN's layouts; …",
        () -> load("models/convnet.pt").optimizeForInference(arena).bfloat16(arena));
    thrown(
        "the source does not compile: line 2: …, in: …",
        () -> script("def forward(self, x):\n    return x.rleu()\n"));
    thrown(
        "the source nests too deeply: …",
        () -> script("def forward(self, x):\n    return " + "(".repeat(100_000) + "x"));
  }

  private void foreign(String message, String file) {
    thrown(message, () -> load("formats/" + file));
  }

  private Weights otherWeights() {
    return new Weights()
        .parameter("gain", zeros(1))
        .parameter("out.bias", Tensor.of(arena, new long[] {1}, 1));
  }

  private Model int8() {
    Rewrite rewrite = new Rewrite.DynamicQuantization(DType.INT8, "auto", true, List.of());
    return Builtin.MLP.build(arena, 0).rewrite(arena, rewrite).model();
  }
}
