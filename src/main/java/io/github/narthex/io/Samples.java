package io.github.narthex.io;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * Inputs of a model to calibrate with, or to compare answers over. Each sample is what one call
 * takes. None is held: whoever wants one says in which arena, so that a thousand pictures need the
 * memory of one.
 *
 * @see SampleDirectory
 */
public interface Samples {
  /** How many there are. */
  int count();

  /**
   * What a sample is called; a file's name without its end. If nothing else, its number.
   *
   * @param index from 0
   */
  default String name(int index) {
    return "%06d".formatted(index);
  }

  /**
   * A sample: the arguments of one call by their names, in their order, for {@link
   * io.github.narthex.Model#call(Arena, String, java.util.List, java.util.Map)}.
   *
   * @param arena owns the tensors and the memory that they are over
   * @param index from 0
   * @throws IndexOutOfBoundsException if there is no such sample
   * @throws InputException if it can't be read
   * @throws DeviceMemoryException if memory is exhausted
   */
  SequencedMap<String, Value> sample(Arena arena, int index);

  /**
   * The class that is right for a sample, from 0; empty if that is not known. Either all samples
   * have one, or none.
   *
   * @param index from 0
   */
  default OptionalInt label(int index) {
    return OptionalInt.empty();
  }
}
