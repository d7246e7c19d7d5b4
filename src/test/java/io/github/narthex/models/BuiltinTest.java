package io.github.narthex.models;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.Method;
import io.github.narthex.Model;
import io.github.narthex.Tensor;
import io.github.narthex.TensorInfo;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import io.github.narthex.WeightsMismatchException;
import io.github.narthex.io.InputGenerator;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.io.TensorFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class BuiltinTest {
  @TempDir Path temporary = Path.of("");

  @ParameterizedTest
  @CsvSource({
    "MLP, 235146",
    "SHAPES_NET, 107994",
    "LSTM, 924170",
    "RESNET18, 11689512",
    "RESNET50, 25557032",
    "MOBILENET_V2, 3504872",
    "VIT_B_16, 86567656",
    "BERT_BASE, 109482240"
  })
  void isTheArchitectureInPython(Builtin builtin, long parameterCount) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Model model = builtin.build(arena, 1);
      assertEquals(
          parameterCount,
          model.parameters().values().stream()
              .mapToLong(info -> info.shape().elementCount())
              .sum());
      TreeSet<String> lines = new TreeSet<>();
      add("parameter", model.parameters(), lines);
      add("buffer", model.buffers(), lines);
      assertEquals(
          new TreeSet<>(Files.readAllLines(Fixtures.path("builtins/" + builtin.id() + ".txt"))),
          lines);
      assertFalse(model.training());
      assertEquals(List.of(), model.constants());
      reactsToItsInput(arena, builtin, model);
      givenItsOwnWeightsIsTheSame(arena, builtin, model);
    }
  }

  private static void add(String kind, SortedMap<String, TensorInfo> tensors, Set<String> lines) {
    tensors.forEach(
        (name, info) -> lines.add(kind + " " + name + " " + info.dtype() + " " + info.shape()));
  }

  /** With usual batch-norm statistics, the outputs of random weights hardly differ. */
  private static void reactsToItsInput(Arena arena, Builtin builtin, Model model) {
    double difference = 0;
    double square = 0;
    float[] first = output(arena, model, inputs(arena, builtin, 0));
    float[] second = output(arena, model, inputs(arena, builtin, 1));
    for (int i = 0; i < first.length; i++) {
      assertTrue(Float.isFinite(first[i]));
      difference += Math.pow(first[i] - second[i], 2);
      square += Math.pow(first[i], 2);
    }
    double reaction = Math.sqrt(difference / square);
    assertTrue(reaction > 0.1, () -> "outputs differ by " + reaction + " of their size");
  }

  private static void givenItsOwnWeightsIsTheSame(Arena arena, Builtin builtin, Model model) {
    Weights weights = model.stateDict(arena);
    Model given = builtin.build(arena, weights);
    Tensor[] inputs = inputs(arena, builtin, 0);
    assertArrayEquals(output(arena, model, inputs), output(arena, given, inputs));
    String name = weights.names().getFirst();
    assertEquals(
        weights.get(name).segment().address(),
        given.stateDict(arena).get(name).segment().address());
    WeightsMismatchException e =
        assertThrows(WeightsMismatchException.class, () -> builtin.build(arena, new Weights()));
    TreeSet<String> needed = new TreeSet<>(weights.names());
    needed.removeIf(each -> each.endsWith(".num_batches_tracked"));
    assertEquals(needed, new TreeSet<>(e.missing()));
  }

  /** Of the same weights, and on inputs of other sizes than the trace had. */
  @ParameterizedTest
  @EnumSource
  void computesWhatPythonComputes(Builtin builtin) {
    try (Arena arena = Arena.ofConfined()) {
      Model model;
      try (Arena making = Arena.ofConfined()) {
        // Formulas need the names and shapes alone.
        Model structure = builtin.build(making, 0);
        model = builtin.build(arena, FormulaTensors.weights(making, structure));
      }
      List<Tensor> outputs = outputs(arena, model, FormulaTensors.inputs(arena, builtin));
      for (int i = 0; i < outputs.size(); i++) {
        String file = "builtins/%s.output.%d.npy".formatted(builtin.id(), i);
        NpyArray expected = Npy.read(arena, Fixtures.path(file));
        assertEquals(expected.shape(), outputs.get(i).shape());
        assertClose(expected.data().toArray(JAVA_FLOAT), outputs.get(i).toFloatArray());
      }
      assertEquals(builtin == Builtin.BERT_BASE ? 2 : 1, outputs.size());
    }
  }

  /**
   * Saved and loaded again. With {@code -Dnarthex.saved=FOLDER} the files stay there, for {@code
   * src/test/python/check_saved_builtins.py}.
   */
  @ParameterizedTest
  @EnumSource
  void savedIsTheSame(Builtin builtin) throws IOException {
    String kept = System.getProperty("narthex.saved");
    Path folder = kept == null ? temporary : Files.createDirectories(Path.of(kept));
    Path file = folder.resolve(builtin.id() + ".pt");
    try (Arena arena = Arena.ofConfined()) {
      Model model = builtin.build(arena, 1);
      Tensor[] inputs = inputs(arena, builtin, 0);
      List<Tensor> outputs = outputs(arena, model, inputs);
      model.save(file);
      List<Tensor> again = outputs(arena, Model.load(arena, file), inputs);
      SortedMap<String, Tensor> numbers = new TreeMap<>();
      for (int i = 0; i < inputs.length; i++) {
        numbers.put("input." + i, inputs[i]);
      }
      for (int i = 0; i < outputs.size(); i++) {
        assertArrayEquals(outputs.get(i).toFloatArray(), again.get(i).toFloatArray());
        numbers.put("output." + i, outputs.get(i));
      }
      TensorFile.write(folder.resolve(builtin.id() + ".npz"), numbers);
    }
    if (kept == null) {
      Files.delete(file);
    }
  }

  private static void assertClose(float[] expected, float[] actual) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertArrayEquals(expected, actual, (float) (1e-4 * largest));
  }

  @Test
  void seedsDecide() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor[] x = inputs(arena, Builtin.MLP, 0);
      float[] one = output(arena, Builtin.MLP.build(arena, 1), x);
      assertArrayEquals(one, output(arena, Builtin.MLP.build(arena, 1), x));
      assertFalse(Arrays.equals(one, output(arena, Builtin.MLP.build(arena, 2), x)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SHAPES_NET", "LSTM", "RESNET18", "MOBILENET_V2"})
  void frozenAndFusedAgree(Builtin builtin) {
    try (Arena arena = Arena.ofConfined()) {
      Model model = builtin.build(arena, 1);
      Tensor[] x = inputs(arena, builtin, 0);
      float[] expected = output(arena, model, x);
      Model frozen = model.freeze(arena);
      assertClose(expected, output(arena, frozen, x));
      Model fused = frozen.withOneDnnGraph();
      for (int call = 0; call < 3; call++) {
        assertClose(expected, output(arena, fused, x));
      }
    }
  }

  @Test
  void names() {
    assertEquals(Optional.of(Builtin.RESNET50), Builtin.named("resnet50"));
    assertEquals(Optional.empty(), Builtin.named("resnet51"));
    assertEquals(
        List.of(
            "mlp",
            "shapes-net",
            "lstm",
            "resnet18",
            "resnet50",
            "mobilenet-v2",
            "vit-b-16",
            "bert-base"),
        Builtin.ids());
    try (Arena arena = Arena.ofConfined()) {
      assertEquals(List.of("x"), arguments(Builtin.LSTM.build(arena, 0)));
    }
  }

  private static List<String> arguments(Model model) {
    return model.methods().getFirst().arguments().stream().map(Method.Argument::name).toList();
  }

  private static float[] output(Arena arena, Model model, Tensor... inputs) {
    return outputs(arena, model, inputs).getFirst().toFloatArray();
  }

  /** On one thread, which is quick on a busy machine too. */
  private static List<Tensor> outputs(Arena arena, Model model, Tensor... inputs) {
    Value[] values = Stream.of(inputs).map(Value::of).toArray(Value[]::new);
    return model.withThreads(1).forward(arena, values).tensors();
  }

  private static Tensor[] inputs(Arena arena, Builtin builtin, int sample) {
    List<Tensor> inputs = new ArrayList<>();
    for (InputSpec.Generated spec : builtin.inputs()) {
      Tensor input = Tensor.empty(arena, spec.dtype(), spec.shape());
      InputGenerator.of(5).fill(spec, inputs.size(), sample, input.segment());
      inputs.add(input);
    }
    return inputs.toArray(Tensor[]::new);
  }
}
