package io.github.narthex.check;

import io.github.narthex.ModelPackage;
import io.github.narthex.NarthexException;
import io.github.narthex.Tensor;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.strategy.Strategy;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What it will be called with. */
record InputItems(Subject subject) {
  private static final String SAY =
      "say what it will be called with: --input here, inputs in a bundle's narthex.yaml";

  Group group() {
    return new Group("inputs", List.of(inputs(), call(), shapes()));
  }

  private Item inputs() {
    String name = "inputs said";
    List<InputSpec> inputs = subject.inputs();
    Optional<ModelPackage.Spec> spec = subject.spec();
    if (spec.isPresent() && subject.given().isEmpty() && !subject.bundleSaysInputs()) {
      return Item.met(
          name,
          spec.get().inputs().stream()
              .map(input -> "%s: %s".formatted(input.parameter(), input))
              .collect(Collectors.joining("; ")));
    }
    if (!inputs.isEmpty()) {
      long rows =
          subject.bundle().map(bundle -> bundle.spec().configuration().run().rows()).orElse(1);
      return Item.met(
          name,
          inputs.stream().map(InputSpec::toString).collect(Collectors.joining(", "))
              + (rows > 1 ? "; requests are joined to %d rows at most".formatted(rows) : ""));
    }
    return subject.bundle().isPresent()
        ? Item.notMet(
            name,
            "narthex.yaml has no inputs, so that nothing is warmed up when the bundle is opened",
            "add inputs to it, as --input has them: 1x3x224x224:float32")
        : Item.unknown(
            name,
            subject.compiled().isPresent()
                ? "AOTInductor says nothing of dtypes and shapes in packages"
                : "a TorchScript file does not say shapes",
            SAY);
  }

  private Item call() {
    String name = "runs on them";
    List<InputSpec> specs = subject.inputs();
    if (specs.isEmpty()) {
      return Item.unknown(name, "what it will be called with is not known", SAY);
    }
    ModelSource source = subject.source();
    try (Arena call = Arena.ofConfined()) {
      ModelInputs inputs = source.inputs(specs, 0, 0);
      List<Tensor> answer =
          ModelSource.run(
                  call,
                  source.model().withThreads(subject.threads().intra()),
                  inputs.sample(call, 0))
              .tensors();
      return Item.met(
          name,
          "yes: "
              + (answer.isEmpty()
                  ? "no tensor comes out"
                  : answer.stream()
                      .map(tensor -> tensor.shape() + ":" + tensor.dtype())
                      .collect(Collectors.joining(", "))));
    } catch (NarthexException | IllegalArgumentException e) {
      return Item.notMet(
          name, String.valueOf(e.getMessage()), "narthex inspect says what its forward takes");
    }
  }

  private Item shapes() {
    String name = "further shapes";
    if (subject.compiled().isPresent()) {
      return subject.spec().isPresent()
          ? Item.met(name, "nothing is compiled for them; what does not fit its inputs is refused")
          : Item.unknown(
              name,
              "nothing is compiled for them, but which ones the code takes is not said",
              "narthex export --dynamic compiles for sizes that vary, and says which");
    }
    boolean compiles =
        subject.recipe().has(Strategy.ONEDNN_GRAPH) || subject.recipe().has(Strategy.COMPILE);
    return compiles
        ? Item.unknown(
            name,
            "code is compiled for each shape of inputs; which ones come can't be known from here",
            "pad inputs to few shapes and call each of them three times before traffic;"
                + " Model.compilations() lists what was compiled. The recipe prepack takes any"
                + " shape")
        : Item.met(name, "no step of the recipe compiles code for one shape");
  }
}
