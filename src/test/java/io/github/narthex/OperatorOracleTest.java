package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The typed methods give what Python's torch gives: called, and traced into a model. */
@ExtendWith(LeakCheck.class)
class OperatorOracleTest {
  private static final OperatorCases FIXTURE = OperatorCases.read();
  private static final Map<String, Function<List<Tensor>, List<Tensor>>> CALLS =
      new OperatorTable().calls();

  @TempDir Path temporary = Path.of("");

  static List<String> operators() {
    return List.copyOf(CALLS.keySet());
  }

  private static List<OperatorCases.Case> casesOf(String operator) {
    return FIXTURE.cases().stream().filter(item -> item.operator().equals(operator)).toList();
  }

  @Test
  void theTableIsTheFixture() {
    assertEquals(
        new TreeSet<>(CALLS.keySet()),
        FIXTURE.cases().stream()
            .map(OperatorCases.Case::operator)
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @ParameterizedTest
  @MethodSource("operators")
  void givesWhatPythonGives(String operator) {
    for (OperatorCases.Case item : casesOf(operator)) {
      try (Arena arena = Arena.ofConfined()) {
        assertAllSame(item, call(item, tensors(arena, item.inputs())), arena);
      }
    }
  }

  /** Also over the caller's memory, whose views must not become copies, nor copies views. */
  @ParameterizedTest
  @MethodSource("operators")
  void givesItOverSegments(String operator) {
    for (OperatorCases.Case item : casesOf(operator)) {
      try (Arena arena = Arena.ofConfined()) {
        List<Tensor> inputs =
            tensors(arena, item.inputs()).stream().map(x -> overSegment(arena, x)).toList();
        assertAllSame(item, call(item, inputs), arena);
      }
    }
  }

  private static Tensor overSegment(Arena arena, Tensor tensor) {
    var memory = GuardedMemory.atEnd(arena, tensor.byteSize());
    tensor.copyTo(memory);
    return Tensor.of(arena, memory, tensor.dtype(), tensor.shape());
  }

  /**
   * With {@code -Dnarthex.traced=FOLDER} the models stay there, for {@code
   * src/test/python/check_traced_operators.py}.
   */
  @ParameterizedTest
  @MethodSource("operators")
  void givesItTraced(String operator) throws IOException {
    String kept = System.getProperty("narthex.traced");
    Path folder = kept == null ? temporary : Files.createDirectories(Path.of(kept));
    List<OperatorCases.Case> cases = casesOf(operator);
    for (int i = 0; i < cases.size(); i++) {
      OperatorCases.Case item = cases.get(i);
      try (Arena arena = Arena.ofConfined()) {
        Trace trace =
            Trace.begin(arena, new Weights(), tensors(arena, item.inputs()).toArray(Tensor[]::new));
        List<Tensor> symbols =
            IntStream.range(0, item.inputs().size()).mapToObj(trace::input).toList();
        Model model = trace.end(arena, call(item, symbols).toArray(Tensor[]::new));
        Path file = folder.resolve(operator + "-" + i + ".pt");
        model.save(file);
        Value[] inputs =
            tensors(arena, item.inputs()).stream().map(Value::of).toArray(Value[]::new);
        Value output = Model.load(arena, file).forward(arena, inputs);
        assertAllSame(item, output.tensors(), arena);
      }
    }
  }

  private static List<Tensor> call(OperatorCases.Case item, List<Tensor> inputs) {
    Function<List<Tensor>, List<Tensor>> call = CALLS.get(item.operator());
    assertTrue(call != null, item::operator);
    return call.apply(inputs);
  }

  private static List<Tensor> tensors(Arena arena, List<OperatorCases.Stored> stored) {
    return stored.stream().map(item -> item.in(arena)).toList();
  }

  private static void assertAllSame(OperatorCases.Case item, List<Tensor> outputs, Arena arena) {
    List<Tensor> expected = tensors(arena, item.outputs());
    assertEquals(expected.size(), outputs.size(), item::toString);
    for (int i = 0; i < outputs.size(); i++) {
      assertSame(expected.get(i), outputs.get(i), item + " output " + i);
    }
  }

  private static void assertSame(Tensor expected, Tensor actual, String what) {
    assertEquals(expected.dtype(), actual.dtype(), what);
    assertEquals(expected.shape(), actual.shape(), what);
    double tolerance = tolerance(expected.dtype());
    double[] wanted = expected.toDoubleArray();
    double[] got = actual.toDoubleArray();
    for (int i = 0; i < wanted.length; i++) {
      // Infinite or NaN: exactly so.
      double allowed =
          Double.isFinite(wanted[i]) ? tolerance * Math.max(1, Math.abs(wanted[i])) : 0;
      assertEquals(wanted[i], got[i], allowed, what + " element " + i);
    }
  }

  private static double tolerance(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> 1e-12;
      case FLOAT32 -> 1e-5;
      case FLOAT16 -> 2e-3; // two units in the last place
      case BFLOAT16 -> 1.6e-2;
      default -> 0;
    };
  }
}
