package io.github.narthex;

/**
 * What a network is computed of: its inputs and weights. A {@link Trace} gives symbols of them, so
 * that what is computed is recorded; without a trace they are just tensors.
 */
public interface Operands {
  /**
   * An input, to compute with.
   *
   * @throws IndexOutOfBoundsException if there is no such input
   */
  Tensor input(int index);

  /**
   * A parameter or buffer, to compute with.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  Tensor weight(String name);
}
