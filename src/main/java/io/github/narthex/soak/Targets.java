package io.github.narthex.soak;

import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.bundle.Bundle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Models and bundles as a service calls them: each call has an arena of its own, writes its inputs
 * into memory there, and drops all of it with the answer.
 */
public final class Targets {
  private static final long ALIGNMENT = 64;

  private Targets() {}

  /**
   * A model's {@code forward}.
   *
   * @param samples inputs by the arguments' names, taken in turn, at least one; any thread must be
   *     able to read them
   */
  public static SoakTarget of(Model model, List<SequencedMap<String, Value>> samples) {
    List<Request> requests = samples.stream().map(Request::of).toList();
    return (caller, call) -> {
      try (Arena arena = Arena.ofConfined()) {
        Value _ = model.call(arena, "forward", List.of(), at(requests, caller, call).values(arena));
      }
    };
  }

  /**
   * A bundle's {@code predict}.
   *
   * @param samples as for a model; they are given by position
   */
  public static SoakTarget of(Bundle bundle, List<SequencedMap<String, Value>> samples) {
    List<Request> requests = samples.stream().map(Request::of).toList();
    return (caller, call) -> {
      try (Arena arena = Arena.ofConfined()) {
        Map<String, Value> values = at(requests, caller, call).values(arena);
        Value _ = bundle.predict(arena, values.values().toArray(Value[]::new));
      }
    };
  }

  private static Request at(List<Request> requests, int caller, long call) {
    return requests.get((int) ((caller + call) % requests.size()));
  }

  /** One input: a tensor's elements, or a number. */
  private sealed interface Part {}

  private record Elements(MemorySegment bytes, DType dtype, Shape shape) implements Part {}

  private record Other(Value value) implements Part {}

  /** What a caller has before it calls. */
  private record Request(SequencedMap<String, Part> parts) {
    static Request of(SequencedMap<String, Value> sample) {
      SequencedMap<String, Part> parts = new LinkedHashMap<>();
      sample.forEach(
          (name, value) ->
              parts.put(
                  name,
                  value instanceof Value.OfTensor(Tensor tensor)
                      ? new Elements(tensor.segment(), tensor.dtype(), tensor.shape())
                      : new Other(value)));
      return new Request(parts);
    }

    SequencedMap<String, Value> values(Arena arena) {
      SequencedMap<String, Value> values = new LinkedHashMap<>();
      parts.forEach((name, part) -> values.put(name, value(part, arena)));
      return values;
    }

    private static Value value(Part part, Arena arena) {
      return switch (part) {
        case Elements(MemorySegment bytes, DType dtype, Shape shape) ->
            Value.of(
                Tensor.of(
                    arena,
                    arena.allocate(bytes.byteSize(), ALIGNMENT).copyFrom(bytes),
                    dtype,
                    shape));
        case Other(Value value) -> value;
      };
    }
  }
}
