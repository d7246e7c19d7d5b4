package io.github.narthex.io;

import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiFunction;

/**
 * Samples of one input that a test makes up.
 *
 * @param name of the input
 * @param make the input of a sample, by its number
 */
public record MadeSamples(int count, String name, BiFunction<Arena, Integer, Value> make)
    implements Samples {
  @Override
  public SequencedMap<String, Value> sample(Arena arena, int index) {
    return new LinkedHashMap<>(Map.of(name, make.apply(arena, index)));
  }
}
