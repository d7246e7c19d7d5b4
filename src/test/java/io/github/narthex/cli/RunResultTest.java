package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunResultTest {
  private final Arena arena = Arena.ofConfined();
  private final Value tensor = Value.of(Tensor.of(arena, new float[] {1}, 1));

  @AfterEach
  void close() {
    arena.close();
  }

  private static List<String> paths(Value result) {
    return RunResult.of(result).stream()
        .map(part -> (part.isNamed() ? "named " : "") + part.path())
        .toList();
  }

  @Test
  void pathsOfTensors() {
    assertEquals(List.of(""), paths(tensor));
    assertEquals(List.of("[0]", "[1][0]"), paths(Value.tuple(tensor, Value.list(tensor))));
    Map<String, Value> fields = new LinkedHashMap<>();
    fields.put("logits", tensor);
    fields.put("boxes", Value.list(tensor, Value.dict(Map.of("a", tensor))));
    List<String> expected = List.of("named logits", "named boxes[0]", "named boxes[1].a");
    assertEquals(expected, paths(Value.dict(fields)));
    assertEquals(expected, paths(Value.namedTuple(fields)));
  }

  @Test
  void keysThatAreNoStrings() {
    Map<Value, Value> entries = new LinkedHashMap<>();
    entries.put(Value.of(7), tensor);
    entries.put(tensor, Value.of(1));
    assertEquals(
        List.of("named [7]", "named keys[1]", "named values[1]"), paths(new Value.OfDict(entries)));
  }

  @Test
  void linesOfOtherValues() {
    assertEquals(List.of("value: 4"), lines(Value.of(4)));
    assertEquals(List.of("value: NaN"), lines(Value.of(Double.NaN)));
    assertEquals(
        List.of("value: [1,2.5,true]"),
        lines(Value.tuple(Value.of(1), Value.of(2.5), Value.of(true))));
    assertEquals(List.of("value: {}"), lines(Value.dict(Map.of())));
    assertEquals(List.of("label: 4"), lines(Value.namedTuple(Map.of("label", Value.of(4)))));
    assertEquals(
        List.of("a: [{\"b\":\"cat\"},null]"),
        lines(
            Value.dict(
                Map.of("a", Value.list(Value.dict(Map.of("b", Value.of("cat"))), Value.none())))));
  }

  private static List<String> lines(Value result) {
    return RunResult.of(result).stream().map(RunResult::line).toList();
  }
}
