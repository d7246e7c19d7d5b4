package io.github.narthex;

/**
 * Elements that were chosen or sorted along a dimension.
 *
 * @param values the elements, in the input's dtype
 * @param indices where along the dimension each was, int64, in the shape of {@code values}
 */
public record ValuesAndIndices(Tensor values, Tensor indices) {}
