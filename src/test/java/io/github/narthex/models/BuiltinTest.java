package io.github.narthex.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.TensorInfo;
import io.github.narthex.Weights;
import io.github.narthex.WeightsMismatchException;
import io.github.narthex.io.InputGenerator;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class BuiltinTest {
  @ParameterizedTest
  @CsvSource({"MLP, 235146", "RESNET18, 11689512", "RESNET50, 25557032"})
  void isTorchvisionsArchitecture(Builtin builtin, long parameterCount) throws IOException {
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
    }
  }

  private static void add(String kind, SortedMap<String, TensorInfo> tensors, Set<String> lines) {
    tensors.forEach(
        (name, info) -> lines.add(kind + " " + name + " " + info.dtype() + " " + info.shape()));
  }

  /** With usual batch-norm statistics, the outputs of random weights hardly differ. */
  @ParameterizedTest
  @EnumSource
  void reactsToItsInput(Builtin builtin) {
    try (Arena arena = Arena.ofConfined()) {
      Model model = builtin.build(arena, 1);
      float[] first = model.forward(arena, input(arena, builtin, 0)).toFloatArray();
      float[] second = model.forward(arena, input(arena, builtin, 1)).toFloatArray();
      double difference = 0;
      double square = 0;
      for (int i = 0; i < first.length; i++) {
        assertTrue(Float.isFinite(first[i]));
        difference += Math.pow(first[i] - second[i], 2);
        square += Math.pow(first[i], 2);
      }
      double reaction = Math.sqrt(difference / square);
      assertTrue(reaction > 0.1, () -> "outputs differ by " + reaction + " of their size");
    }
  }

  @Test
  void seedsDecide() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = input(arena, Builtin.MLP, 0);
      float[] one = Builtin.MLP.build(arena, 1).forward(arena, x).toFloatArray();
      assertArrayEquals(one, Builtin.MLP.build(arena, 1).forward(arena, x).toFloatArray());
      assertFalse(Arrays.equals(one, Builtin.MLP.build(arena, 2).forward(arena, x).toFloatArray()));
      assertEquals(Shape.of(1, 10), Builtin.MLP.build(arena, 3).forward(arena, x).shape());
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesWeights(Builtin builtin) {
    try (Arena arena = Arena.ofConfined()) {
      Model random = builtin.build(arena, 1);
      Weights weights = random.stateDict(arena);
      Model given = builtin.build(arena, weights);
      Tensor x = input(arena, builtin, 0);
      assertArrayEquals(
          random.forward(arena, x).toFloatArray(), given.forward(arena, x).toFloatArray());
      String name = weights.names().getFirst();
      assertEquals(
          weights.get(name).segment().address(),
          given.stateDict(arena).get(name).segment().address());
      WeightsMismatchException e =
          assertThrows(WeightsMismatchException.class, () -> builtin.build(arena, new Weights()));
      assertEquals(new TreeSet<>(weights.names()), new TreeSet<>(e.missing()));
    }
  }

  @Test
  void frozenAgrees() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Builtin.RESNET18.build(arena, 1);
      Tensor x = input(arena, Builtin.RESNET18, 0);
      float[] expected = model.forward(arena, x).toFloatArray();
      float[] actual = model.freeze(arena).forward(arena, x).toFloatArray();
      double largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(expected, actual, (float) (1e-4 * largest));
    }
  }

  @Test
  void names() {
    assertEquals(Optional.of(Builtin.RESNET50), Builtin.named("resnet50"));
    assertEquals(Optional.empty(), Builtin.named("resnet51"));
    assertEquals(List.of("mlp", "resnet18", "resnet50"), Builtin.ids());
  }

  private static Tensor input(Arena arena, Builtin builtin, int sample) {
    Tensor input = Tensor.empty(arena, builtin.input().dtype(), builtin.input().shape());
    MemorySegment elements = input.segment();
    InputGenerator.of(5).fill(builtin.input(), 0, sample, elements);
    return input;
  }
}
