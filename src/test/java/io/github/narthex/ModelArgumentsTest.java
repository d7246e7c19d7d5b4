package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nested values both ways, named tuples, and arguments by name. */
@ExtendWith(LeakCheck.class)
class ModelArgumentsTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Model load(String name) {
    return Model.load(arena, Fixtures.path("modules/" + name + ".pt"));
  }

  private Value value(float... values) {
    return Value.of(Tensor.of(arena, values, values.length));
  }

  private static float[] floats(Value value) {
    return value.tensor().toFloatArray();
  }

  private static Value at(Value value, String key) {
    return switch (value) {
      case Value.OfDict dict -> dict.entries().getOrDefault(Value.of(key), Value.none());
      case Value.OfNamedTuple tuple -> tuple.fields().getOrDefault(key, Value.none());
      default -> throw new AssertionError(value);
    };
  }

  private static Value at(Value value, int index) {
    return switch (value) {
      case Value.OfList list -> list.items().get(index);
      case Value.OfTuple tuple -> tuple.items().get(index);
      default -> throw new AssertionError(value);
    };
  }

  @Test
  void nestedContainers() {
    Value groups =
        Value.dict(
            Map.of(
                "a",
                Value.list(
                    Value.tuple(value(1, 2), Value.of(3)), Value.tuple(value(4), Value.of(-1))),
                "empty",
                Value.list()));
    Value result = load("containers").forward(arena, groups);
    assertArrayEquals(new float[] {3, 6}, floats(at(at(at(result, "a!"), 0), 0)));
    assertEquals(Value.of(-3), at(at(at(result, "a!"), 0), 1));
    assertArrayEquals(new float[] {-4}, floats(at(at(at(result, "a!"), 1), 0)));
    assertEquals(Value.list(), at(result, "empty!"));
    assertEquals(2, result.tensors().size());
    // What it returned can be given again.
    Value again = load("containers").forward(arena, result);
    assertArrayEquals(new float[] {-9, -18}, floats(at(at(at(again, "a!!"), 0), 0)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "groups",
        () ->
            load("containers")
                .forward(
                    arena,
                    Value.dict(Map.of("a", Value.list(Value.tuple(Value.of(1), Value.of(1)))))));
  }

  @Test
  void severalOutputsOfDifferentKinds() {
    Value result = load("several").forward(arena, value(1));
    assertArrayEquals(new float[] {1}, floats(at(result, 0)));
    assertArrayEquals(new float[] {3}, floats(at(at(result, 1), 1)));
    assertEquals(Value.none(), at(result, 2));
    Value.OfDict dict = assertInstanceOf(Value.OfDict.class, at(result, 3));
    assertArrayEquals(
        new float[] {4}, floats(dict.entries().getOrDefault(Value.of(7), Value.none())));
    assertEquals(4, result.tensors().size());
  }

  @Test
  void namedTuples() {
    Model model = load("named-tuples");
    Map<String, Value> fields = new LinkedHashMap<>();
    fields.put("score", Value.none()); // in another order than the model has them
    fields.put("label", Value.of("cat"));
    fields.put("corner", value(1, 2));
    Value moved = model.forward(arena, Value.namedTuple(fields), Value.of(0.5));
    Value box = at(moved, 0);
    assertEquals(
        List.of("corner", "label", "score"),
        List.copyOf(assertInstanceOf(Value.OfNamedTuple.class, box).fields().keySet()));
    assertArrayEquals(new float[] {1.5f, 2.5f}, floats(at(box, "corner")));
    assertEquals(Value.of("cat?"), at(box, "label"));
    assertEquals(Value.none(), at(box, "score"));
    assertEquals(Value.of(4), at(moved, 1));
    assertEquals(1, box.tensors().size());
    // By position, and what it returned.
    Value again =
        model.forward(arena, Value.tuple(value(1), Value.of("dog"), Value.of(0.9)), Value.of(1));
    assertEquals(Value.of("dog"), at(at(again, 0), "label"));
    assertArrayEquals(
        new float[] {3},
        floats(at(at(model.forward(arena, at(again, 0), Value.of(1)), 0), "corner")));
  }

  @Test
  void namedTuplesThatDoNotFit() {
    Model model = load("named-tuples");
    assertThrowsWith(
        IllegalArgumentException.class,
        "no field 'size'",
        () ->
            model.forward(
                arena,
                Value.namedTuple(
                    Map.of("corner", value(1), "label", Value.of(""), "size", Value.of(1))),
                Value.of(1)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "no value for the field 'label'",
        () ->
            model.forward(
                arena,
                Value.namedTuple(Map.of("corner", value(1), "score", Value.none())),
                Value.of(1)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected Tensor, got a named tuple",
        () -> load("several").forward(arena, Value.namedTuple(Map.of())));
  }

  @Test
  void argumentsByName() {
    Model model = load("keywords");
    Value x = value(1, 2);
    assertArrayEquals(
        new float[] {3, 6},
        floats(model.call(arena, "forward", List.of(x), Map.of("scale", Value.of(3.0)))));
    assertArrayEquals(
        new float[] {12, 22},
        floats(
            model.call(
                arena, "forward", List.of(x), Map.of("times", Value.of(10), "bias", value(2, 2)))));
    assertArrayEquals(
        new float[] {1, 2}, floats(model.call(arena, "forward", List.of(), Map.of("x", x))));
    assertArrayEquals(
        new float[] {2, 4},
        floats(model.call(arena, "forward", List.of(x, Value.of(2)), Map.of())));
  }

  @Test
  void argumentsByNameThatDoNotFit() {
    Model model = load("keywords");
    Value x = value(1);
    assertThrowsWith(
        IllegalArgumentException.class,
        "forward has no parameter 'scael', it has: x, scale, bias, times",
        () -> model.call(arena, "forward", List.of(x), Map.of("scael", Value.of(1))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "forward: argument 'x' is given by position and by name",
        () -> model.call(arena, "forward", List.of(x), Map.of("x", x)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "argument 'x' (Tensor) is missing; expected 4, got 1",
        () -> model.call(arena, "forward", List.of(), Map.of("times", Value.of(1))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "'times': expected int, got a string",
        () -> model.call(arena, "forward", List.of(x), Map.of("times", Value.of("3"))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "the model has no method 'fit', it has: forward",
        () -> model.call(arena, "fit", List.of(), Map.of("x", x)));
  }

  @Test
  void whatCanNotBeHandedOver() {
    assertThrowsWith(
        UnsupportedException.class,
        "can't be handed over",
        () -> load("enums").forward(arena, value(1)));
    Model custom = load("custom-class");
    assertThrowsWith(UnsupportedException.class, "Counter", () -> custom.forward(arena, value(1)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "'counter': expected __torch__.Counter, got an integer",
        () -> custom.call(arena, "of", List.of(Value.of(1))));
  }
}
